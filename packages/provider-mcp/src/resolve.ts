import {
  type Action,
  type Actions,
  type AgentRequest,
  decodeUtf8,
  findMethodOverride,
  type Resolution,
  readDecoded,
  readMediaType,
} from '@pai/core';
import { actionOf } from './actions.ts';
import type { McpEndpoint } from './endpoint.ts';
import { type Message, readMessage } from './frame.ts';
import { refuseDisagreement } from './headers.ts';

/** Most bytes of a message that are judged. The servers of the official SDKs take as much. */
const limit = 4 << 20;

/** Reads messages, and remembers what each request held, for the answer that it gets. */
export interface McpResolver {
  readonly resolve: (request: AgentRequest) => Promise<Resolution>;
  /** What a request that was resolved held; undefined when that could not be read, or it holds none. */
  readonly messageOf: (request: AgentRequest) => Message | undefined;
}

/** The resolver of one server: https://modelcontextprotocol.io/specification, "Transports". */
export function createResolver(endpoint: McpEndpoint): McpResolver {
  const messages = new WeakMap<AgentRequest, Message>();
  const resolvePost = async (request: AgentRequest): Promise<Resolution> => {
    const { type, parameters } = readMediaType(request);
    const charset = parameters.get('charset')?.toLowerCase() ?? 'utf-8';
    if (type !== 'application/json' || charset !== 'utf-8') {
      return { unresolved: 'its content is not application/json in UTF-8, which is all that MCP has' };
    }
    const message = readMessage(decodeUtf8(await readDecoded(request, limit)));
    messages.set(request, message);
    refuseDisagreement(request, message);
    return { actions: message.frames.map(actionOf) as readonly Action[] as Actions };
  };
  return {
    messageOf: (request) => messages.get(request),
    resolve: async (request) => {
      const override = findMethodOverride(request);
      if (override !== undefined)
        return { unresolved: `${override} asks for another method; send that method` };
      const isEndpoint = request.target === endpoint.target;
      // The older transport has the server name the place that messages go to.
      if (request.method === 'POST' && (isEndpoint || endpoint.transport === 'sse'))
        return resolvePost(request);
      const name = isEndpoint ? withoutContent[endpoint.transport].get(request.method) : undefined;
      if (name === undefined) return { unresolved: `${request.method} at this path is nothing that MCP has` };
      if (request.body.length !== 0) return { unresolved: `a ${request.method} has no content in MCP` };
      return { actions: [{ name }] };
    },
  };
}

/** What requests without content do. */
const withoutContent: Readonly<Record<McpEndpoint['transport'], ReadonlyMap<string, string>>> = {
  http: new Map([
    ['GET', 'transport/listen'],
    ['DELETE', 'transport/close'],
  ]),
  sse: new Map([['GET', 'transport/listen']]),
};
