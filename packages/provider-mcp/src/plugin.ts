import {
  type AuthInjector,
  type CredentialSlots,
  defineProvider,
  deleteHeader,
  type HostPattern,
  headerInjector,
  isFramingField,
  jsonResponse,
  type LocalResponse,
  PaiError,
  type Provider,
  type ProviderContext,
  parseHostPattern,
  placeholderFor,
  type SecretReader,
  setHeader,
} from '@pai/core';
import { formatDenial } from './deny.ts';
import { type McpEndpoint, readEndpoint } from './endpoint.ts';
import { createFilter } from './filter.ts';
import { createLogin } from './oauth/login.ts';
import { createOAuthCredential } from './oauth/tokens.ts';
import { createOpenStreams } from './open-streams.ts';
import { createPin } from './pin.ts';
import { programKeys, readProgram } from './program.ts';
import { createRejects } from './rejects.ts';
import { createResolver } from './resolve.ts';
import { type KeyAuth, type McpAuth, type McpSpec, mcpSpecSchema } from './schema.ts';
import { createSessions } from './sessions.ts';
import { compileView } from './view.ts';

/** Any MCP server over Streamable HTTP, over the older HTTP with SSE, or run by the sidecar. */
export const mcp = defineProvider({
  apiVersion: 'v1',
  type: 'mcp',
  spec: mcpSpecSchema,
  hasCaseSensitiveActions: true,
  impliedActions: [
    'initialize',
    'ping',
    'server/discover',
    'notifications/*',
    'response',
    'tools/list',
    'transport/*',
  ],
  example: {
    type: 'mcp',
    auth: { type: 'api-key', secretRef: 'linear-key' },
    mcp: { transport: 'http', url: 'https://mcp.linear.app/mcp' },
  },
  secretKeys: programKeys,
  tokenHosts: tokenHostsOf,
  login: ({ auth, ...spec }) =>
    auth?.type === 'oauth' ? createLogin(auth, readEndpoint(spec, '')) : undefined,
  create: (spec, context) => {
    const endpoint = readEndpoint(spec, context.name);
    const program = readProgram(spec, context.secrets);
    const { resolve, messageOf } = createResolver(endpoint);
    const streams = createOpenStreams();
    const pin = createPin(spec, context);
    const view = compileView(spec, context.name, mcp, pin);
    const sessions = createSessions(endpoint.target);
    const { agentEnvVar } = spec.auth ?? {};
    return {
      hosts: [endpoint.host],
      mcp: { url: endpoint.url, transport: endpoint.transport },
      ...(program !== undefined && { program }),
      placeholders: { env: agentEnvVar === undefined ? {} : { [agentEnvVar]: placeholderFor(context.name) } },
      credentialSlots: slotsOf(spec.auth),
      resolve,
      scope: pin.scope,
      isScoped: pin.isOn,
      ...credentialOf(program === undefined ? spec.auth : undefined, endpoint, context),
      rejects: createRejects(spec.auth, context),
      filter: createFilter({ endpoint, messageOf, view, streams, sessions }),
      answer: (request) => {
        if (isLoginDiscovery(request.path)) return jsonResponse(404, { error: 'not_found' });
        sessions.check(request);
        return undefined;
      },
      deny: (denial, request) => {
        const message = messageOf(request);
        const denied = formatDenial(denial, message, endpoint);
        const isAsked = message?.frames.some(({ kind }) => kind === 'request') === true;
        // Python's SDK waits for an answer in the stream, whatever a message got.
        if (endpoint.transport === 'http' || !isAsked) return denied;
        return streams.tell(request.target, String(denied.body)) ? accepted : denied;
      },
    };
  },
});

function tokenHostsOf({ auth, ...spec }: McpSpec): readonly HostPattern[] {
  if (auth?.type !== 'oauth') return [];
  const { issuer } = auth;
  const { host } = readEndpoint(spec, '');
  return issuer === undefined ? [host] : [host, parseHostPattern(new URL(issuer).host)];
}

const accepted: LocalResponse = { status: 202, headers: ['content-type', 'text/plain'], body: 'Accepted' };

/** Where clients look for a way to log in, which they have no need of here (RFC 8414, RFC 9728). */
function isLoginDiscovery(path: string): boolean {
  return /\/\.well-known\/(?:oauth-|openid-configuration)/.test(path);
}

function slotsOf(auth: McpAuth | undefined): CredentialSlots {
  const header = auth?.type === 'api-key' ? auth.header : undefined;
  return { headers: ['authorization', ...(header === undefined ? [] : [header])] };
}

type Credential = Pick<Provider, 'inject' | 'renew' | 'tokenHosts'>;

/** The service must not compress what is read here, nor send a part of it. */
function credentialOf(
  auth: McpAuth | undefined,
  endpoint: McpEndpoint,
  context: ProviderContext,
): Credential {
  const plain: AuthInjector = ({ headers }) => {
    setHeader(headers, 'accept-encoding', 'identity');
    deleteHeader(headers, 'range');
  };
  if (auth === undefined) return { inject: plain };
  const { inject, ...rest } =
    auth.type === 'oauth'
      ? createOAuthCredential(auth, endpoint, context)
      : { inject: keyInjector(auth, context.secrets) };
  return {
    ...rest,
    inject: (request) => {
      plain(request);
      return inject(request);
    },
  };
}

function keyInjector(auth: KeyAuth, secrets: SecretReader): AuthInjector {
  const { header = 'authorization', secretKey = 'token' } = auth;
  if (isFramingField(header)) {
    const why = `auth.header: ${header} cannot hold a key; name the one that the server reads`;
    throw new PaiError('config_invalid', why);
  }
  const isStandard = header.toLowerCase() === 'authorization';
  return headerInjector(header, auth.prefix ?? (isStandard ? 'Bearer ' : ''), secrets.read(secretKey));
}
