import type { AuditEvent } from '@pai/core';
import { Agent } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ask, askH1, createLine, dial, type Got } from '../engine/agent.ts';
import { answerOf, api, type Case, cases, lineOf } from '../engine/door-cases.ts';
import { useRig } from '../engine/rig.ts';
import { startApp, startInterceptor } from './stage.ts';

/** Node's server refuses it before any application hears of it; and content that is handed over has no framing yet. */
const aboutFraming = 'two framings';

describe('the same request gets the answer and leaves the line of the base URL door', () => {
  const rig = useRig();
  const ends: (() => Promise<unknown>)[] = [];
  let app: Awaited<ReturnType<typeof startApp>>;
  let policy: Awaited<ReturnType<typeof startInterceptor>>;
  beforeAll(async () => {
    const atEnd = (end: () => Promise<unknown>) => void ends.push(end);
    app = await startApp(rig(), { atEnd });
    policy = await startInterceptor(rig(), { atEnd });
  });
  afterAll(async () => {
    for (const end of ends) await end();
  });

  const atDoor = async ({ sni = api, ...ask }: Case) => {
    rig().service.forget();
    const got = await rig().ask({ door: 'baseUrl', sni, ...ask });
    return { answer: answerOf(withoutFraming(got)), sent: sentTo() };
  };
  const sentTo = () => {
    const { service } = rig();
    expect(service.violations).toEqual([]);
    return service.requests.map((request) => ({ ...request, connection: undefined }));
  };
  const atPlugin = async ({ sni = api, path = '/', ...ask }: Case) => {
    rig().service.forget();
    const line = createLine(await dial(app.port));
    const provider = sni === api ? 'api' : 'github-writer';
    const got = await askH1(line, `127.0.0.1:${app.port}`, {
      ...ask,
      path: `/pai/provider/${provider}${path}`,
    });
    line.socket.destroy();
    return { answer: answerOf(withoutFraming(got)), sent: sentTo() };
  };
  const inProgram = async ({ sni = api, ...ask }: Case) => {
    rig().service.forget();
    const got = await dispatch(sni, ask);
    return { answer: answerOf(withoutFraming(got)), sent: sentTo() };
  };
  const dispatch = async (
    host: string,
    { method = 'GET', path = '/', headers = [], body }: Ask,
  ): Promise<Got> => {
    const agent = new Agent().compose(policy.intercept);
    const response = await new Promise<Got>((resolve, reject) => {
      const chunks: Buffer[] = [];
      let head: Omit<Got, 'body'> = { status: 0, headers: [] };
      agent.dispatch(
        {
          origin: `https://${host}`,
          path,
          method,
          headers: [['Host', host], ...headers].flat(),
          body: body ?? null,
        },
        {
          onRequestStart: () => {},
          onResponseStart: (controller, status) => {
            const raw = (controller.rawHeaders ?? []) as Buffer[];
            const pairs = raw.flatMap((name, i): [string, string][] =>
              i % 2 === 0 ? [[String(name).toLowerCase(), String(raw[i + 1])]] : [],
            );
            head = { status, headers: pairs };
          },
          onResponseData: (_controller, chunk) => void chunks.push(chunk),
          onResponseEnd: () => resolve({ ...head, body: Buffer.concat(chunks).toString('latin1') }),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
    await agent.close();
    return response;
  };

  test.each(cases.filter(({ only }) => only !== 'h2'))('$name', async (given) => {
    const { name, status, rule } = given;
    const door = await atDoor(given);
    const plugin = await atPlugin(given);
    expect(plugin.answer.status).toBe(status);
    if (name === aboutFraming) return void (await rig().audit(1));
    expect(plugin).toEqual(door);
    expect(await inProgram(given)).toEqual(door);
    const lines = await Promise.all([rig().audit(1), app.audit(1), policy.audit(1)]);
    const [line, ...others] = lines.flat().map((one: AuditEvent) => lineOf(one));
    expect(line).toMatchObject({ status, rule });
    expect(others).toEqual([line, line]);
  });

  function withoutFraming<T extends Pick<Got, 'headers'>>(got: T): T {
    const own = new Set(['connection', 'keep-alive', 'transfer-encoding']);
    return { ...got, headers: got.headers.filter(([name]) => !own.has(name)) };
  }
});
