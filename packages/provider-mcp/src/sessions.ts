import {
  type AgentRequest,
  getHeader,
  getHeaders,
  isKeyHolder,
  PaiError,
  type ResponseHead,
} from '@pai/core';

/** Whose each session is. */
export interface Sessions {
  /** Throws `session_unknown` for a session that another agent was given, or nobody. */
  check(request: AgentRequest): void;
  /** Takes note of a session that the server gives. */
  note(request: AgentRequest, head: ResponseHead): void;
  /** Takes note of a place for messages that the server of the older transport gives, until the function it gives is called. */
  notePlace(request: AgentRequest, target: string): () => void;
}

/** Most sessions of one agent that are remembered; the oldest must be opened anew then. */
const most = 1_000;

/**
 * Binds sessions to the agent that they were given to, where one process serves several who are told apart: the holders of
 * access keys. Where it serves one agent, a session that is older than the process goes on.
 */
export function createSessions(endpointTarget: string): Sessions {
  const known = new Map<string, Set<string>>();
  const add = (agent: string, session: string) => {
    const own = known.get(agent) ?? new Set();
    known.set(agent, own);
    own.add(session);
    const [oldest] = own;
    if (own.size > most && oldest !== undefined) own.delete(oldest);
  };
  const remove = (agent: string, session: string) => {
    const own = known.get(agent);
    own?.delete(session);
    if (own?.size === 0) known.delete(agent);
  };
  return {
    check({ agent, headers, target }) {
      if (!isKeyHolder(agent)) return;
      const given = getHeaders(headers, sessionField);
      const places = target === endpointTarget ? [] : [`place ${target}`];
      const own = known.get(agent);
      if ([...given, ...places].every((session) => own?.has(session) === true)) return;
      throw new PaiError(
        'session_unknown',
        'there is no such session of this agent; open one with initialize',
      );
    },
    note({ agent, method, headers }, head) {
      if (!isKeyHolder(agent)) return;
      const session = getHeader(head.headers, sessionField);
      const asked = getHeader(headers, sessionField);
      if (session !== undefined && session !== asked) add(agent, session);
      const isOver = method === 'DELETE' ? head.status < 300 : head.status === 404;
      if (isOver && asked !== undefined) remove(agent, asked);
    },
    notePlace({ agent }, target) {
      if (!isKeyHolder(agent)) return () => {};
      add(agent, `place ${target}`);
      return () => remove(agent, `place ${target}`);
    },
  };
}

/** https://modelcontextprotocol.io/specification, "Session Management". */
const sessionField = 'mcp-session-id';
