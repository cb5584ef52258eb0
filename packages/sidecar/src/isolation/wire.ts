import type { Action, Denial, HostPattern, McpServerPlace, RawHeaders, SecretKey } from '@pai/core';

/** The descriptors that a plugin's process inherits: frames in, frames out, and answers to what it waits for. */
export const descriptors = { in: 3, out: 4, answers: 5 } as const;

/** Most bytes of a request's content that are handed over, and of content that comes back for it. */
export const longestContent = 4 * 1024 * 1024;

/** What a process is told first. */
export interface LoadOrder {
  /** URL of the module. */
  readonly entry: string;
}

/** A plugin, as far as it is data. */
export interface DeclaredPlugin {
  readonly apiVersion: unknown;
  readonly type: unknown;
  readonly spec: unknown;
  readonly example?: unknown;
  readonly hasCaseSensitiveActions?: unknown;
  readonly hasNoActions?: unknown;
  readonly impliedActions?: unknown;
  /** Names of the members that are functions. */
  readonly functions: readonly string[];
  /** What of it cannot be handed over, in sentences. */
  readonly obstacles: readonly string[];
}

/** What a plugin says of one spec, before there is a Provider. */
export interface DeclaredSpec {
  readonly secretKeys?: readonly [SecretKey, ...SecretKey[]];
  readonly tokenHosts?: readonly HostPattern[];
  /** By the user's pattern. */
  readonly patterns?: Readonly<Record<string, readonly string[]>>;
}

/** What a Provider is made from. */
export interface CreateOrder {
  readonly spec: unknown;
  readonly name: string;
  readonly namespace?: string;
  readonly isOffline: boolean;
}

/** A Provider, as far as it is data. */
export interface DeclaredProvider {
  readonly hosts: readonly HostPattern[];
  readonly env: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly mcp?: McpServerPlace;
  readonly slots: {
    readonly headers: readonly string[];
    readonly query?: readonly string[];
    readonly signed?: { readonly hosts: readonly string[]; readonly schemes: readonly string[] };
  };
  readonly hasOpaquePaths: boolean;
  readonly isScoped: boolean;
  readonly upgrades?: readonly string[];
  readonly functions: readonly string[];
  readonly obstacles: readonly string[];
}

/** A request of an agent without its content. */
export interface RequestHead {
  /** Names the request in this channel, for as long as something is asked about it. */
  readonly key: number;
  readonly id: string;
  readonly method: string;
  readonly host: string;
  readonly port: number;
  readonly target: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly string[];
  readonly protocol: 'h1' | 'h2';
  readonly upgrade?: string;
  readonly agent?: string;
  readonly provider?: string;
  /** The declared size of the content; undefined is not known before its end. */
  readonly length?: number;
}

/** An action, and what there is to say of it without asking again. */
export interface JudgedAction {
  readonly action: Action;
  readonly outside?: { readonly rule: string; readonly reason: string };
  readonly services?: readonly string[];
}

/** A request on its way up, without its content. */
export interface UpstreamHead {
  readonly key: number;
  readonly method: string;
  readonly host: string;
  readonly port: number;
  readonly target: string;
  readonly headers: readonly string[];
  readonly upgrade?: string;
  readonly length?: number;
}

/** A request after the credential was put on. The bytes are its new content, where `hasContent` says so. */
export interface Injected {
  readonly target: string;
  readonly headers: RawHeaders;
  readonly needsH2?: boolean;
  readonly hasContent: boolean;
}

/** A denial to be rendered. */
export interface DenyOrder {
  readonly denial: Denial;
  readonly request: RequestHead;
}
