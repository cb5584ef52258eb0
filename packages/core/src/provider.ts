import type { Readable } from 'node:stream';
import type { Static, TSchema } from 'typebox';
import type { AuthInjector, CredentialSlots } from './auth.ts';
import type { Body } from './body.ts';
import type { Action, Denial, Resolution } from './decision.ts';
import { PaiError } from './errors.ts';
import type { RawHeaders } from './headers.ts';
import type { HostPattern } from './host.ts';
import type { Login, RenewSecret } from './login.ts';
import type { AgentRequest, LocalResponse, UpstreamRequest } from './request.ts';
import type { Secret, SecretReader } from './secret.ts';

/** What the agent's SDK needs to start. Holds no secret. */
export interface Placeholders {
  readonly env: Readonly<Record<string, string>>;
  /** Files to lay for the agent: name inside its directory to content. An `env` value may name one as `{{file:NAME}}`. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Names the actions of a request and their resources. Throws only `PaiError`; what it throws leaves the request unresolved. */
export type ActionResolver = (request: AgentRequest) => Resolution | Promise<Resolution>;

/** Says why an action is outside the Provider's scope, or undefined when it is inside. */
export type ScopeChecker = (action: Action) => { readonly rule: string; readonly reason: string } | undefined;

/** The head of a service's response. A filter may remove fields. */
export interface ResponseHead {
  readonly status: number;
  headers: RawHeaders;
}

/** Looks at a response head and gives the transformation of its content, or undefined to leave it alone. Only ever removes. */
export type ResponseFilter = (
  head: ResponseHead,
  request: AgentRequest,
) => ((content: Readable) => Readable) | undefined;

/** A filter that takes time to look at a head, which it may change until its promise has settled. */
export type LateResponseFilter = (
  head: ResponseHead,
  request: AgentRequest,
) => Promise<((content: Readable) => Readable) | undefined>;

/** A part of a request's content, as it goes on to the service. */
export interface ContentPiece {
  readonly bytes: readonly Buffer[];
  /** What these bytes do that has not been judged; undefined: nothing. */
  readonly resolution?: Resolution;
}

/**
 * Cuts content into pieces, which are all of it, in order; holds no more than one, and leaves the stream open when it is
 * done with. Throws `PaiError` for content that cannot be cut in one way.
 */
export type ContentReader = (content: Readable) => AsyncIterable<ContentPiece>;

/** Where clients of MCP find a server: https://modelcontextprotocol.io/specification, "Transports". */
export interface McpServerPlace {
  /** With https. */
  readonly url: string;
  /** `http` is Streamable HTTP, `sse` the older HTTP with SSE. */
  readonly transport: 'http' | 'sse';
}

/**
 * A program that the sidecar runs as the service itself, and speaks MCP to over its standard input and output
 * (https://modelcontextprotocol.io/specification, "stdio").
 */
export interface Program {
  /** A file, by its name in `PATH` or its absolute path, and its arguments. No shell reads them. */
  readonly command: readonly [string, ...string[]];
  /** Variables beside the few that every program gets. Nothing of the sidecar's own environment is handed on. */
  readonly env: Readonly<Record<string, string | Secret>>;
  /** Most processes of it at once. */
  readonly maxProcesses: number;
}

/** All that is known about one service for one Provider resource. */
export interface Provider {
  /** Where the credential may go, and nowhere else. */
  readonly hosts: readonly HostPattern[];
  /** Hosts beside the plugin's `tokenHosts` that its `fetch` reaches, where the Secret says which. Default none. */
  readonly tokenHosts?: readonly HostPattern[];
  readonly placeholders: Placeholders;
  /** The MCP server that this Provider stands for. */
  readonly mcp?: McpServerPlace;
  /** What answers its requests in place of its hosts, which then lead nowhere. */
  readonly program?: Program;
  /** Emptied before `inject` runs. */
  readonly credentialSlots: CredentialSlots;
  /** Paths hold free-form keys, so that the resolver itself reads dot segments, empty segments and escapes. Default false. */
  readonly hasOpaquePaths?: boolean;
  /** Protocols, in lower case, that an allowed GET may switch to (`websocket`, RFC 6455). Default none. */
  readonly upgrades?: readonly string[];
  readonly resolve: ActionResolver;
  /**
   * For a request that is allowed by the beginning of its content: what reads the rest, which is judged piece by piece as
   * it goes through. Undefined for a request of which everything was judged.
   */
  readonly later?: (request: AgentRequest) => ContentReader | undefined | Promise<ContentReader | undefined>;
  readonly scope: ScopeChecker;
  /** The scope holds requests to something even without a list in `spec.scope`, so that none passes unresolved. Default false. */
  readonly isScoped?: boolean;
  readonly inject: AuthInjector;
  /** Whether a response to this request says that the service did not take what `inject` wrote, and did nothing. Default: its status is 401. */
  readonly isRefusal?: (head: ResponseHead, request: UpstreamRequest) => boolean;
  /**
   * The service refused what `inject` wrote on this request: gets another credential. True when the next `inject` will
   * write another, so that the request is worth sending again.
   */
  readonly renew?: (request: UpstreamRequest, head: ResponseHead) => Promise<boolean>;
  /**
   * Answers a request that must not reach the service (token endpoints), with placeholders only. At a host that several
   * Providers answer themselves, a 404 stands only where none of them has another answer.
   */
  readonly answer?: (request: AgentRequest) => LocalResponse | undefined | Promise<LocalResponse | undefined>;
  readonly filter?: ResponseFilter;
  /** As `filter`, for one that takes time to look at the head: it is asked in its place. */
  readonly filterLater?: LateResponseFilter;
  /**
   * Why the agent must not see a response to this request, which is asked once nothing is renewed any more: the error takes
   * its place.
   */
  readonly rejects?: (head: ResponseHead, request: AgentRequest) => PaiError | undefined;
  /** The service's own error shape, for denials and refusals. What it throws for a refusal leaves that in Pai's shape. */
  readonly deny?: (denial: Denial, request: AgentRequest) => LocalResponse;
  /** As `deny`, for a shape that takes time: it is asked in its place, and what it throws leaves the answer in Pai's shape. */
  readonly denyLater?: (denial: Denial, request: AgentRequest) => Promise<LocalResponse>;
}

/**
 * The tools that people have approved for one Provider, each as it was defined then (`pai approve`), and what was seen of
 * them since. It stays the same through every change of the configuration.
 */
export interface ToolApprovals {
  /** Digest of the definition that was approved, as it stands at this moment; undefined for a tool that was not. */
  readonly approvedDigest: (tool: string) => string | undefined;
  /** Digest of the definition that the server gave last; undefined for a tool that has not been seen. */
  readonly seenDigest: (tool: string) => string | undefined;
  /** Takes note of a definition that the server gave, as `readJson` has it, whether or not it is approved. */
  readonly see: (tool: string, digest: string, definition: object) => void;
}

/** What the sidecar hands a plugin. A plugin has no other powers. */
export interface ProviderContext {
  /** `metadata.name` of the Provider resource. */
  readonly name: string;
  /** `metadata.namespace` of it, for the commands that people are told to run. Default `default`. */
  readonly namespace?: string;
  readonly secrets: SecretReader;
  /**
   * Reaches the Provider's own hosts and its plugin's `tokenHosts` only, over verified TLS, save a metadata service that
   * is among the latter. It follows no redirect, and gives up on more than 1 MiB and after 30 seconds.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Left out: no tool is approved. */
  readonly approvals?: ToolApprovals;
  /**
   * Reads content to its end, however much it is, and gives it again, with its length; `onChunk` gets every chunk. What
   * memory should not hold waits in a file that nobody else can open. Rejects with `body_too_large` for more than 1 GiB.
   * Left out where nothing will be sent.
   */
  readonly spool?: (body: Body, onChunk: (chunk: Buffer) => void) => Promise<Body>;
  /** Writes tokens that were renewed to the Provider's Secret, for whoever uses it next. Left out where nothing will be sent. */
  readonly renewSecret?: RenewSecret;
  /** Nothing can be fetched, since nothing will be sent: `pai explain`, and checks of a configuration. Default false. */
  readonly isOffline?: boolean;
  /** Ends when this Provider does not serve any more: its configuration or its Secret has changed, or is gone. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: (message: string) => void;
}

/** A key that a Secret has for a Provider, for the sentence that says how to add it. */
export interface SecretKey {
  readonly key: string;
  /** Its value is a file with several lines: a private key. Default false. */
  readonly isFile?: boolean;
}

/** One provider type: data and one pure function. */
export interface ProviderPlugin<Schema extends TSchema = TSchema> {
  readonly apiVersion: 'v1';
  /** The value of `spec.type`. */
  readonly type: string;
  /** Closed TypeBox schema of the whole `spec`. */
  readonly spec: Schema;
  /** A smallest valid spec, for `pai explain --type` and for documentation. */
  readonly example?: Static<Schema>;
  /** Whether action patterns are matched with regard to case. Default false. */
  readonly hasCaseSensitiveActions?: boolean;
  /** The type has no actions: `allow` and `deny` take only `*`. Default false. */
  readonly hasNoActions?: boolean;
  /** Patterns of actions that `policy.allow` need not name, since they only open and keep a connection. Default: none. */
  readonly impliedActions?: readonly string[];
  /** Every canonical pattern that the user's pattern stands for. Default: itself. */
  readonly patterns?: (pattern: string) => readonly string[];
  /** The names of actions that are known, so that people are warned of a pattern that fits none of them. Default: nobody is. */
  readonly actionNames?: () => readonly string[] | Promise<readonly string[]>;
  /** The cloud service an action belongs to, as `config.services` names it: all of its names, if it has several. */
  readonly serviceOf?: (action: Action) => string | readonly [string, ...string[]];
  /** The keys that its Secret usually has. Default: `spec.auth.secretKey`, or `token`. */
  readonly secretKeys?: (spec: Static<Schema>) => readonly [SecretKey, ...SecretKey[]];
  /** Hosts beside the Provider's own that its `fetch` reaches, to exchange credentials for tokens. Default: none. */
  readonly tokenHosts?: (spec: Static<Schema>) => readonly HostPattern[];
  /** How a person logs in, for a spec whose credential is had that way: `pai login NAME`. */
  readonly login?: (spec: Static<Schema>) => Login | undefined;
  readonly create: (spec: Static<Schema>, context: ProviderContext) => Provider;
}

/** Declares a provider type. Throws `config_invalid` when the declaration is not one this version of core can load. */
export function defineProvider<const Schema extends TSchema>(
  plugin: ProviderPlugin<Schema>,
): ProviderPlugin<Schema> {
  if (plugin.apiVersion !== 'v1') {
    throw new PaiError(
      'config_invalid',
      `provider type ${String(plugin.type)} wants plugin API ${String(plugin.apiVersion)}; this is v1`,
    );
  }
  if (typeof plugin.type !== 'string' || !/^[a-z][a-z0-9-]{0,62}$/.test(plugin.type)) {
    throw new PaiError(
      'config_invalid',
      `${JSON.stringify(plugin.type)} is not a provider type; use lower-case letters, digits and dashes`,
    );
  }
  return plugin;
}
