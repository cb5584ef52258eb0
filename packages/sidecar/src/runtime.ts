import { randomUUID } from 'node:crypto';
import { type AuditEvent, type Authority, auditPrefix, isAnswered, type RequestFacts } from '@pai/core';
import type { DeadlineLimits } from './agent/deadlines.ts';
import type { AgentServerOptions } from './agent/h1.ts';
import { factsOf } from './agent/read-request.ts';
import { type AgentServers, createAgentServers } from './agent/servers.ts';
import type { ApprovalSource } from './approvals/follow.ts';
import { type AuditLog, createAuditLog } from './audit-log.ts';
import { type Ca, loadCa } from './ca.ts';
import type { ComposedProvider } from './compose.ts';
import { formatListen, type ListenAddress } from './doors/listen.ts';
import { createEarlyLeaves } from './early-leaves.ts';
import { createEngine, type Engine } from './engine.ts';
import { followConfiguration, type Live } from './live.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { Plugins } from './plugins.ts';
import { createResolver, type Override, type Resolver } from './resolver.ts';
import type { Selection } from './select.ts';
import { createPrograms, type Programs, type ProgramsOptions } from './stdio/programs.ts';
import {
  type ConnectionAuthorities,
  createTerminator,
  type TerminateOptions,
  type Terminator,
} from './terminate.ts';
import { createConnect } from './upstream/connect.ts';
import { createMetadataUpstream } from './upstream/metadata.ts';
import { createUpstream, type ResolveHost, type Upstream } from './upstream/pool.ts';
import { createTrust } from './upstream/trust.ts';
import { createPluginSend } from './upstream-fetch.ts';

/** What everything behind the doors is made from. */
export interface RuntimeOptions extends Selection {
  readonly home: string;
  /** DNS servers for the services. Default the system's. */
  readonly dnsUpstream?: readonly ListenAddress[];
  /** Addresses by `host` or `host:port`, in place of DNS and the fence. */
  readonly overrides?: ReadonlyMap<string, Override>;
  /** PEM file of CAs to trust for services beside the usual ones. */
  readonly upstreamCa?: string;
  /** Where the CA is kept. Left out: it ends with the process. */
  readonly caDir?: string;
  /** File to append audit lines to, or `-` for standard output. */
  readonly auditLog: string;
  /** Milliseconds for which a service may take no content of a request. Default 300,000. */
  readonly stallDeadline?: number;
  /** Provider types. Default the built-in ones. */
  readonly plugins?: Plugins;
  /** Where Providers that pin their tools get the approvals from. Default: the home. */
  readonly approvals?: ApprovalSource;
  /** Packages of third parties beside those of the home. */
  readonly pluginPackages?: readonly string[] | undefined;
  /** Milliseconds that agents have on HTTP/1.1, for each thing that is waited for. */
  readonly deadlines?: Partial<DeadlineLimits>;
  /** Milliseconds that agents have for a TLS handshake. Default 10,000. */
  readonly handshakeDeadline?: number;
  /** Milliseconds without a byte after which a tunnel, or a connection that switched protocols, is closed. Default 900,000. */
  readonly idleDeadline?: number;
  /** Milliseconds after a change until what it no longer allows is cut off. Default 10,000. */
  readonly detachDelay?: number;
  /** Milliseconds that the processes of stdio servers have. */
  readonly programLimits?: ProgramsOptions['limits'];
  /** Takes lines for people. */
  readonly log: (line: string) => void;
}

/** Everything behind the doors. */
export interface Runtime {
  readonly ca: Ca;
  readonly live: Live;
  readonly engine: Engine;
  readonly servers: AgentServers;
  /** Records bytes that were no request. */
  readonly onMalformed: AgentServerOptions['onMalformed'];
  readonly terminator: Terminator;
  readonly resolveHost: ResolveHost;
  readonly upstream: Upstream;
  /** The processes of Providers that are programs. */
  readonly programs: Programs;
  /** For plugins only. */
  readonly metadata: Upstream;
  readonly audit: AuditLog;
  readonly metrics: Metrics;
  readonly isClaimed: (authority: Authority) => boolean;
  /** Whether a Provider answers everything there by itself, so that it may be asked in clear. */
  readonly isAnswered: (authority: Authority) => boolean;
  readonly idleDeadline: number | undefined;
  readonly deadlines: AgentServerOptions['deadlines'];
  /** Calls back whenever another configuration has begun to serve. */
  readonly onChange: (follow: () => void) => void;
  /** Records a connection over a door's limit. */
  readonly onCrowded: (limit: number) => void;
}

/** Milliseconds for TCP and TLS to a service. */
const connectTimeout = 10_000;

/** Makes everything behind the doors. Rejects with a sentence when the configuration, the CA or a file is unusable. */
export async function createRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { log } = options;
  const metrics = createMetrics();
  const resolver = createHostResolver(options);
  const resolveHost: ResolveHost = (host, port, isPrivateAllowed) =>
    resolver.resolve(host, port, { isPrivateAllowed });
  const connect = createConnect({ secureContext: createTrust(options.upstreamCa), timeout: connectTimeout });
  const upstream = createUpstream(resolveHost, connect);
  const metadata = createMetadataUpstream(resolver);
  const ca = loadCa(options.caDir === undefined ? {} : { dir: options.caDir });
  const makeLeaves = createEarlyLeaves(ca.leafFor);
  const { home, namespace = 'default', agent } = options;
  const programs = createPrograms({ home, namespace, agent, log, limits: options.programLimits });
  const followers: (() => void)[] = [];
  const live = await followConfiguration({
    ...options,
    send: createPluginSend(upstream, metadata),
    onLoad: (attached, packages) => {
      if (attached !== undefined) {
        programs.follow(attached, packages);
        for (const follow of followers) follow();
      }
      metrics.count(attached === undefined ? 'pai_reload_failures_total' : 'pai_loads_total');
      makeLeaves(exactHosts(attached ?? []));
    },
  });
  const audit = await openAudit(options, [live, programs]);
  const record = (event: AuditEvent, isLogged: boolean) => {
    metrics.observe(event);
    if (event.message?.startsWith(auditPrefix) === true) log(event.message);
    if (isLogged) audit.write(event);
  };
  const { obstacle } = audit;
  const { stallDeadline, idleDeadline, detachDelay } = options;
  const { pipeline } = live;
  const engine = createEngine({
    pipeline,
    upstream,
    programOf: programs.upstreamOf,
    record,
    obstacle,
    stallDeadline,
    idleDeadline,
    detachDelay,
  });
  followers.push(engine.reconsider);
  const onMalformed: AgentServerOptions['onMalformed'] = (facts, status, reason, code) => {
    const error = code ?? 'malformed_request';
    if (error === 'malformed_request') metrics.count('pai_malformed_total');
    engine.note(facts, { status, reason, rule: error, error });
  };
  const authorities: ConnectionAuthorities = new WeakMap();
  const servers = createAgentServers({
    handle: engine.handle,
    agent: options.agent,
    connectionOf: (socket) => authorities.get(socket) ?? { host: undefined, port: 443 },
    onMalformed,
    onUnseenStreams: (count) => metrics.count('pai_unseen_streams_total', count),
    deadlines: options.deadlines,
  });
  const terminator = createTerminator({
    contextFor: (name) => ca.leafFor(name).secureContext,
    fallbackFor: fallbacksOf(ca),
    authorities,
    serve: servers.serve,
    handshakeDeadline: options.handshakeDeadline,
    onHandshakeError: createHandshakeReport(options, metrics, onMalformed),
  });
  const isClaimed = (authority: Authority) => live.pipeline().claims(authority).length > 0;
  const isAnsweredHere = (authority: Authority) => {
    const claims = live.pipeline().claims(authority);
    return claims.length > 0 && claims.every(({ provider }) => isAnswered(provider.hosts, authority));
  };
  return {
    ca,
    live,
    engine,
    servers,
    onMalformed,
    terminator,
    resolveHost,
    upstream,
    programs,
    metadata,
    audit,
    metrics,
    isClaimed,
    isAnswered: isAnsweredHere,
    idleDeadline,
    deadlines: options.deadlines,
    onChange: (follow) => void followers.push(follow),
    onCrowded(limit) {
      const reason = `a door serves ${limit} connections already; close one first, or raise the limit`;
      onMalformed(factsOfConnection(undefined, options.agent), 0, reason, 'overloaded');
    },
  };
}

/** Where it cannot be opened, what has begun by then is closed. */
async function openAudit(
  { auditLog, log }: RuntimeOptions,
  begun: readonly { readonly close: () => unknown }[],
): Promise<AuditLog> {
  try {
    return createAuditLog(auditLog, (error) => log(`the audit log cannot be written: ${error.message}`));
  } catch (thrown) {
    for (const { close } of begun) await close();
    throw thrown;
  }
}

function createHandshakeReport(
  { log, agent }: RuntimeOptions,
  metrics: Metrics,
  onMalformed: AgentServerOptions['onMalformed'],
): TerminateOptions['onHandshakeError'] {
  return ({ expected }, error) => {
    metrics.count('pai_handshake_failures_total');
    const reason = describeHandshakeError(expected?.host ?? 'a TLS door', error);
    log(reason);
    // A client that leaves before it has said anything asked for nothing.
    if (error.code === 'ECONNRESET') return;
    const code = error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT' ? 'agent_timeout' : 'malformed_request';
    onMalformed(factsOfConnection(expected, agent), 0, reason, code);
  };
}

function factsOfConnection(expected: Authority | undefined, agent: string | undefined): RequestFacts {
  const nothing = { id: randomUUID(), method: '', target: '' };
  return factsOf(nothing, expected ?? { host: undefined, port: 443 }, agent);
}

function fallbacksOf({ leafFor }: Ca): TerminateOptions['fallbackFor'] {
  return (host) => {
    const { cert, key } = leafFor(host);
    return { cert, key };
  };
}

/** Hosts whose certificates can be made before an agent asks. */
function* exactHosts(attached: readonly ComposedProvider[]): Generator<string> {
  for (const { provider } of attached) {
    for (const { host, isAnswered = false } of provider.hosts) {
      if (!host.startsWith('*') && !isAnswered) yield host;
    }
  }
}

function createHostResolver({ dnsUpstream, overrides }: RuntimeOptions): Resolver {
  return createResolver({
    ...(dnsUpstream !== undefined && { servers: dnsUpstream.map(formatListen) }),
    ...(overrides !== undefined && { overrides }),
  });
}

/** The two commonest causes deserve their remedy. */
function describeHandshakeError(host: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ERR_SSL_HTTP_REQUEST') return `${host}: an agent spoke plain HTTP; it must use https`;
  if (code?.includes('UNKNOWN_CA') === true || code?.includes('CERTIFICATE') === true) {
    return `${host}: an agent does not trust this sidecar's CA (${code}); give it the files that pai env lays`;
  }
  return `${host}: an agent did not complete its TLS handshake (${code ?? message})`;
}
