import { PaiError } from '@pai/core';
import { createEventWindow } from './event-window.ts';
import type { Lane, LaneOptions } from './lane.ts';
import { createLanes } from './lanes.ts';
import {
  type AgentMessage,
  isMembers,
  keyOf,
  lineOf,
  type Members,
  metaOf,
  readServerMessage,
} from './messages.ts';
import type { Running } from './process.ts';
import { rename, renumber, subscriptionOf } from './renumber.ts';
import type { Reply } from './reply.ts';
import { type AskedRequest, createAskedRequests } from './requests.ts';

/** What is said to a process, and which response each of its messages goes into. */
export interface Conversation {
  /** Sends messages, and answers the requests among them in `reply`. Throws `overloaded` and `program_unavailable`. */
  readonly post: (messages: readonly AgentMessage[], reply: Reply, options?: PostOptions) => void;
  /** Gives what belongs to no request, from now on, or what came after the event that the agent got last. */
  readonly listen: (reply: Reply, lastId: string | undefined) => void;
  /** Takes a line of the process. */
  readonly receive: (line: Buffer) => void;
  /** Ends every response: the process is gone. */
  readonly end: (why: PaiError) => void;
  /** Whether an agent is waiting for something. */
  readonly isBusy: () => boolean;
}

/** How messages are answered. */
export interface PostOptions extends LaneOptions {
  /** Called with each response, before the agent gets it. */
  readonly onResponse?: (message: Members) => void;
}

/** How a conversation is held. */
export interface ConversationOptions {
  readonly process: Pick<Running, 'write' | 'pause' | 'resume'>;
  /** Clients speak without sessions: each request gets a number of its own, and one that its client leaves is cancelled. */
  readonly isShared: boolean;
  /** Takes a sentence about a line that is no message. */
  readonly say: (text: string) => void;
}

/** Most requests of one process that have no answer yet: agents may have left them long ago. */
const mostRequests = 1_000;

/** A conversation that begins. */
export function createConversation({ process, isShared, say }: ConversationOptions): Conversation {
  const requests = createAskedRequests();
  const window = isShared ? undefined : createEventWindow();
  const lanes = createLanes({ process, window, onLeft: (lane) => (isShared ? withdraw(lane) : undefined) });
  let count = 0;

  const close = (request: AskedRequest) => {
    requests.remove(request);
    if (request.lane.pending === 0) lanes.remove(request.lane);
  };
  const withdraw = (lane: Lane) => {
    for (const request of requests.of(lane)) {
      close(request);
      try {
        process.write(cancellationOf(request.key));
      } catch {
        // It is gone, or hears nothing.
      }
    }
  };
  const ask = (message: AgentMessage, lane: Lane, onResponse: PostOptions['onResponse']) => {
    const { id } = message.members;
    const token = metaOf(message.params)['progressToken'];
    if (requests.size() >= mostRequests) throw crowded();
    count += 1;
    const key = isShared ? String(count) : keyOf(id);
    if (key === undefined || requests.has(key)) throw repeated();
    const tokenKey = isShared && token !== undefined ? key : keyOf(token);
    process.write(isShared ? renumber(message, count) : message.line);
    requests.add({ key, lane, id, token, tokenKey, onResponse });
  };
  const pass = (message: AgentMessage) => {
    // What it cancels has another number there, and answers nothing that was asked.
    if (isShared && (message.kind === 'response' || isCancellation(message.members))) return;
    process.write(message.line);
    const cancelled = isCancellation(message.members)
      ? requests.get(keyOf(message.params['requestId']))
      : undefined;
    if (cancelled === undefined) return;
    close(cancelled);
    if (cancelled.lane.pending === 0) cancelled.lane.end();
  };
  const respond = (request: AskedRequest, message: Members, line: Buffer) => {
    const { lane, onResponse } = request;
    close(request);
    onResponse?.(message);
    const data = isShared ? rename(message, request) : line;
    if (lane.pending === 0 && lane.answerWhole(data)) return;
    lanes.give(lane, data);
    if (lane.pending === 0) lane.end();
  };
  const tell = (message: Members, line: Buffer) => {
    const params = isMembers(message['params']) ? message['params'] : {};
    const isProgress = message['method'] === 'notifications/progress';
    const name = isProgress ? params['progressToken'] : isShared ? subscriptionOf(params) : undefined;
    const named = isProgress ? requests.byToken(keyOf(name)) : requests.get(keyOf(name));
    if (named !== undefined) return lanes.give(named.lane, isShared ? rename(message, named) : line);
    // It is about a request that has its answer, or that nobody waits for.
    if (name !== undefined) return undefined;
    const heard = lanes.heard();
    const latest = heard.at(-1);
    if (isShared) return latest !== undefined && heard.length === 1 ? lanes.give(latest, line) : undefined;
    const isUnclear = heard.length !== 1 && lanes.main.isHeard();
    return lanes.give(latest === undefined || isUnclear ? lanes.main : latest, line);
  };

  return {
    post(messages, reply, { onResponse, ...options } = {}) {
      const isAsking = messages.some(({ kind }) => kind === 'request');
      const lane = isAsking ? lanes.add(options, reply) : undefined;
      try {
        for (const message of messages) {
          if (lane !== undefined && message.kind === 'request') ask(message, lane, onResponse);
          else pass(message);
        }
      } finally {
        if (lane?.pending === 0) lanes.remove(lane);
      }
      if (lane === undefined) reply.whole(202, [], '');
      else if (messages.length > 1) lane.open();
    },
    listen: lanes.listen,
    receive(line) {
      const message = readServerMessage(line);
      if (message === undefined) return say(`its program wrote what is no message: ${beginning(line)}`);
      const single = ends.some((end) => line.includes(end)) ? lineOf(line.toString('utf8')) : line;
      if (message['method'] !== undefined) return tell(message, single);
      const request = requests.get(keyOf(message['id']));
      return request === undefined ? undefined : respond(request, message, single);
    },
    end(why) {
      const left = requests.all();
      for (const request of left) close(request);
      for (const { lane, id } of left) lane.fail(id, why);
      for (const lane of new Set(left.map(({ lane }) => lane))) if (lane.isHeard()) lane.end();
      if (lanes.main.isHeard()) lanes.main.end();
    },
    isBusy: () => lanes.main.isHeard() || lanes.heard().length > 0,
  };
}

/** What ends a line to some clients, and may stand in JSON. */
const ends = ['\r', '\u0085', '\u2028', '\u2029'].map((end) => Buffer.from(end));

function beginning(line: Buffer): string {
  return line.subarray(0, 4_096).toString('utf8');
}

function isCancellation({ method }: Members): boolean {
  return method === 'notifications/cancelled';
}

function cancellationOf(key: string): Buffer {
  const params = { requestId: Number(key), reason: 'the client is gone' };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params }));
}

function crowded(): PaiError {
  return new PaiError('overloaded', `${mostRequests} requests have no answer yet; wait for some of them`);
}

function repeated(): PaiError {
  return new PaiError(
    'malformed_request',
    'a request has the id of one that has no answer yet; give each an id of its own',
  );
}
