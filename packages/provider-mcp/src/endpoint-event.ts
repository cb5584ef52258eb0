import { type AgentRequest, formatAuthority, PaiError, printable } from '@pai/core';
import type { McpEndpoint } from './endpoint.ts';

/** Where messages go. */
export interface MessagePlace {
  /** Origin-form target. */
  readonly target: string;
  /** As the `endpoint` event is to say it to the agent. */
  readonly shown: string;
}

/**
 * Where the older transport's server wants messages. Throws `upstream_protocol` for a place on another origin: messages go
 * where the credential may go. Agents whose door has a path of Pai's own in front get a relative one, since a path from the
 * root leads elsewhere there.
 */
export function readMessagePlace(
  data: string,
  { host, target }: McpEndpoint,
  agents: Pick<AgentRequest, 'provider' | 'base'>,
): MessagePlace {
  const base = `https://${formatAuthority({ host: host.host, port: host.port ?? 443 })}`;
  const isReadable = oneReading.test(data) && URL.canParse(data, base + target);
  const place = isReadable ? new URL(data, base + target) : undefined;
  if (place === undefined || place.origin !== base || place.username + place.password !== '') {
    throw new PaiError(
      'upstream_protocol',
      `the server sends messages to ${printable(data)}, which is not its own host`,
    );
  }
  const { pathname, search } = place;
  const messages = pathname + search;
  return { target: messages, shown: shownTo(agents, target, messages) ?? data };
}

function shownTo(
  { base, provider }: Pick<AgentRequest, 'provider' | 'base'>,
  from: string,
  messages: string,
): string | undefined {
  if (base !== undefined) return base + messages;
  return provider === undefined ? undefined : relative(from, messages);
}

/** The characters of a URI (RFC 3986 section 2). Clients disagree on where the host ends before a backslash. */
const oneReading = /^[A-Za-z0-9._~:/?#[\]@!$&'()*+,;=%-]+$/;

/** As a relative reference (RFC 3986 section 4.2), which holds below any base path. */
function relative(from: string, target: string): string {
  const depth = from.split('?', 1)[0]?.split('/').length ?? 2;
  return `${'../'.repeat(depth - 2) || './'}${target.slice(1)}`;
}
