import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Ca } from '@pai/sidecar';
import { TelegramServer } from 'telegram-test-api/lib/telegramServer.js';

/** A service that stands for api.telegram.org and knows one token. */
export interface TelegramService {
  readonly port: number;
  /** What came in with the right token: method or file, and content. */
  readonly received: { path: string; content: string }[];
  /** Makes a user write to the bot. */
  say(chat: number, words: string): Promise<void>;
  close(): Promise<void>;
}

/** `telegram-test-api` behind a gate that wants the token, holds long polls, and has files of its own. */
export async function startTelegramService(ca: Ca, token: string): Promise<TelegramService> {
  const api = new TelegramServer({ host: '127.0.0.1', port: await freePort() });
  await api.start();
  const received: TelegramService['received'] = [];
  const updates = { isThere: () => api.storage.userMessages.some(({ isRead }) => !isRead) };
  const { cert, key } = ca.leafFor('api.telegram.org');
  const gate = https.createServer({ cert, key }, (request, response) => {
    void answer(request, response);
  });
  const answer = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const content = await text(request);
    const [, kind, rest] = /^\/(file\/)?bot([^/]+\/.*)$/.exec(request.url ?? '') ?? [];
    if (rest?.startsWith(`${token}/`) !== true)
      return reply(response, 401, { ok: false, error_code: 401, description: 'Unauthorized' });
    const path = rest.slice(token.length + 1);
    received.push({ path: `${kind ?? ''}${path}`, content });
    if (kind !== undefined) return void response.end(`the bytes of ${path}`);
    const [method = ''] = path.split('?');
    const own = ownAnswers[method.toLowerCase()];
    if (own !== undefined) return reply(response, 200, { ok: true, result: own });
    if (method === 'getUpdates') await held(path + content, updates.isThere, () => response.destroyed);
    if (response.destroyed) return;
    const { 'content-type': type = 'application/json' } = request.headers;
    const passed = await fetch(`${api.config.apiURL}/bot${token}/${path}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: content === '' ? '{}' : content,
    });
    reply(response, passed.status, inSeconds((await passed.json()) as Dated));
  };
  await once(gate.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (gate.address() as AddressInfo).port,
    received,
    say: async (chat, words) => {
      const client = api.getClient(token, { chatId: chat, userId: chat, type: 'private' });
      await client.sendMessage(client.makeMessage(words));
    },
    close: async () => {
      gate.closeAllConnections();
      gate.close();
      await api.stop();
    },
  };
}

interface Dated {
  readonly result?: { readonly date?: number };
}

/** The test API dates its own messages in milliseconds. */
function inSeconds(answer: Dated): unknown {
  const date = answer.result?.date ?? 0;
  return date < 1e11 ? answer : { ...answer, result: { ...answer.result, date: Math.floor(date / 1_000) } };
}

/** What the test API has no method for. */
const ownAnswers: Readonly<Record<string, unknown>> = {
  senddocument: {
    message_id: 9,
    date: 1,
    chat: { id: 1, type: 'private', first_name: 'x' },
    document: { file_id: 'file-1', file_unique_id: 'f1', file_name: 'a.txt' },
  },
  getfile: { file_id: 'file-1', file_unique_id: 'f1', file_path: 'documents/file_1.txt' },
  deletewebhook: true,
  getme: { id: 666, is_bot: true, first_name: 'Bot', username: 'the_bot' },
};

/** A long poll: until there is something, or for the time that was asked for. */
async function held(asked: string, isThere: () => boolean, isGone: () => boolean): Promise<void> {
  const seconds = Number(/timeout\D{1,12}?(\d+)/.exec(asked)?.[1] ?? 0);
  const end = Date.now() + seconds * 1_000;
  while (!isThere() && !isGone() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
}

function reply(response: http.ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function freePort(): Promise<number> {
  const server = http.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
