import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { Ca } from '@pai/sidecar';
import { createEmulator } from 'emulate';
import { type WebSocket, WebSocketServer } from 'ws';

/** The credentials that the service knows, each in the one place where it takes it. */
export const slackSecrets = {
  token: 'xoxb-e2e-bot-token-that-nobody-may-see-0004',
  app_token: 'xapp-e2e-app-token-that-nobody-may-see-0005',
  webhook_url: 'https://hooks.slack.com/services/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006',
};

/** Channels of the emulated workspace. */
export const general = 'C000000001';
export const random = 'C000000002';

/** A service that stands for all hosts of Slack. */
export interface SlackService {
  readonly port: number;
  /** Method and path of every request that came with the right credential, and of none that did not. */
  readonly accepted: readonly string[];
  /** What clients answered in Socket Mode. */
  readonly acknowledged: readonly unknown[];
  close(): Promise<void>;
}

/** `emulate` behind a gate that knows one token for each thing, and lets no other credential stand beside it. */
export async function startSlackService(ca: Ca): Promise<SlackService> {
  const emulator = await createEmulator({
    service: 'slack',
    // Below what the kernel gives away, which other tests in this network may have by now.
    port: 4_598,
    seed: { tokens: { [slackSecrets.token]: { login: 'U000000001', scopes: [] } } },
  });
  const accepted: string[] = [];
  const acknowledged: unknown[] = [];
  const tickets = new Set<string>();
  const gate = createGate(emulator.url, tickets, accepted);
  const { cert, key } = ca.leafFor('slack.com');
  const server = https.createServer(
    {
      cert,
      key,
      SNICallback: (name, done) => done(null, tls.createSecureContext(ca.leafFor(name))),
    },
    (request, response) => {
      gate(request, response).catch(() => response.writeHead(500).end());
    },
  );
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const { host = '', authorization } = request.headers;
    const url = new URL(request.url ?? '', `https://${host}`);
    const isKnown = tickets.delete(url.searchParams.get('ticket') ?? '');
    const isReal = host === 'wss-primary.slack.com' && isKnown && authorization === undefined;
    if (isReal) sockets.handleUpgrade(request, socket, head, (opened) => talk(opened, acknowledged));
    else socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    accepted,
    acknowledged,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      server.close();
      await emulator.close();
    },
  };
}

function createGate(emulator: string, tickets: Set<string>, accepted: string[]) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { host = '', authorization, cookie } = request.headers;
    const { pathname, search } = new URL(request.url ?? '', `https://${host}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const isClean = cookie === undefined && !/\btoken\b/.test(search + body.toString('latin1'));
    const has = (token: string) => isClean && authorization === `Bearer ${token}`;
    const hasNone = isClean && authorization === undefined;
    const answer = (status: number, text: string, type = 'application/json; charset=utf-8') => {
      if (status === 200) accepted.push(`${request.method} ${host}${pathname}`);
      response.writeHead(status, { 'content-type': type }).end(text);
    };

    if (host === 'hooks.slack.com') {
      const isReal = hasNone && `https://${host}${pathname}${search}` === slackSecrets.webhook_url;
      return isReal ? answer(200, 'ok', 'text/html') : answer(404, 'no_service', 'text/html');
    }
    if (host === 'files.slack.com' && pathname.startsWith('/files-pri/')) {
      const isReal = has(slackSecrets.token);
      return isReal ? answer(200, 'the content of a private file') : answer(403, 'no');
    }
    if (host === 'files.slack.com') {
      if (!hasNone) return answer(403, 'no');
      const kept = await fetch(emulator + pathname, { method: 'POST', body: new Uint8Array(body) });
      return answer(kept.status, await kept.text(), 'text/plain');
    }
    if (pathname === '/api/apps.connections.open' && has(slackSecrets.app_token)) {
      const ticket = randomUUID();
      tickets.add(ticket);
      const url = `wss://wss-primary.slack.com/link/?ticket=${ticket}&app_id=A1`;
      return answer(200, JSON.stringify({ ok: true, url }));
    }
    if (!has(slackSecrets.token)) {
      response.end('{"ok":false,"error":"invalid_auth"}');
      return;
    }
    const type = request.headers['content-type'] ?? 'application/x-www-form-urlencoded';
    const called = await fetch(emulator + pathname, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${slackSecrets.token}`,
        ...(type.includes('json') && { 'content-type': type }),
      },
      body: type.includes('json') ? new Uint8Array(body) : await asForm(search, type, body),
    });
    const text = await called.text();
    answer(called.status, text.replaceAll(`${emulator}/upload`, 'https://files.slack.com/upload'));
  };
}

/** The emulator reads neither queries nor multipart forms, and Slack does. */
async function asForm(search: string, type: string, body: Buffer): Promise<URLSearchParams> {
  const form = new URLSearchParams(search);
  const content = new Response(new Uint8Array(body), { headers: { 'content-type': type } });
  if (body.length === 0) return form;
  for (const [name, value] of await content.formData()) form.append(name, String(value));
  return form;
}

/** What Slack says first, and one event (https://docs.slack.dev/apis/events-api/using-socket-mode). */
function talk(socket: WebSocket, acknowledged: unknown[]): void {
  socket.on('message', (data) => acknowledged.push(JSON.parse(String(data))));
  const send = (value: unknown) => socket.send(JSON.stringify(value));
  send({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A1' }, debug_info: { host: 'e2e' } });
  const event = {
    type: 'message',
    channel: general,
    user: 'U000000002',
    text: 'hello bot',
    ts: '1700000000.000100',
  };
  send({
    type: 'events_api',
    envelope_id: 'envelope-1',
    accepts_response_payload: false,
    payload: {
      type: 'event_callback',
      team_id: 'T000000001',
      api_app_id: 'A1',
      event_id: 'Ev1',
      event_time: 1_700_000_000,
      authorizations: [{ team_id: 'T000000001', user_id: 'U000000001', is_bot: true }],
      event,
    },
  });
}
