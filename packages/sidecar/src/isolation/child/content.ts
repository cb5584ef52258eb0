import { type AgentRequest, type Body, bodyOf, PaiError, type UpstreamRequest } from '@pai/core';
import type { RequestHead, UpstreamHead } from '../wire.ts';
import type { Channel } from './channel.ts';

type Ask = Pick<Channel, 'call'>;

/** The request as a plugin sees it: its content stays where it is until it is asked for. */
export function agentRequest(head: RequestHead, channel: Ask): AgentRequest {
  const { key, length, ...facts } = head;
  return { ...facts, body: remoteBody('agent', key, length, channel) };
}

/** The request on its way up, which an injector may change. */
export function upstreamRequest(head: UpstreamHead, channel: Ask): UpstreamRequest {
  const { key, length, ...facts } = head;
  return { ...facts, headers: [...head.headers], body: remoteBody('upstream', key, length, channel) };
}

/** Whether content is still what the agent sent. */
export function isUnchanged(body: Body): boolean {
  return remote.has(body);
}

function remoteBody(of: string, key: number, length: number | undefined, channel: Ask): Body {
  let held: Buffer | undefined = length === 0 ? Buffer.alloc(0) : undefined;
  const fetch = async (what: string, limit: number) =>
    (await channel.call(what, { of, key, limit: Math.min(limit, Number.MAX_SAFE_INTEGER) })).bytes;
  const body: Body = {
    length,
    bytes: async (limit) => {
      held ??= await fetch('bytes', limit);
      if (held.length > limit)
        throw new PaiError('body_too_large', `the content has more than ${limit} bytes`);
      return held;
    },
    // All up to the limit: who looks for an end earlier finds it in that too.
    peek: async (limit, isEnough) => {
      if (held !== undefined) return held;
      for (let size = Math.min(limit, 4_096); ; size = Math.min(limit, size * 4)) {
        const read = await fetch('peek', size);
        if (isEnough?.(read) === true || read.length <= size || size >= limit) return read;
      }
    },
    isHeld: () => held !== undefined,
    stream: () => {
      if (held !== undefined) return bodyOf(held).stream();
      throw new PaiError(
        'plugin_failed',
        'content does not stream into a process of its own; read it with body.bytes, or use isolation: none',
      );
    },
    trailers: () => [],
  };
  remote.add(body);
  return body;
}

const remote = new WeakSet<Body>();
