import { requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import { needsOf } from '../src/actions.ts';
import { loadModel } from '../src/catalogue.ts';
import { readEndpoint } from '../src/hosts.ts';
import { readOperation } from '../src/operation.ts';
import captured from './captured-requests.json' with { type: 'json' };

/** One request as an SDK sent it, without its signature. */
interface Captured {
  readonly from: string;
  readonly host: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body?: string;
  readonly base64?: string;
  readonly actions: readonly string[];
}

test.each(
  (captured as readonly Captured[]).map((one) => ({
    ...one,
    what: `${one.method} ${one.host}${one.target}`,
  })),
)(
  'reads what $from sends to $what as $actions',
  async ({ host, method, target, headers, body, base64, actions }) => {
    const endpoint = readEndpoint(host);
    const models = await Promise.all((endpoint?.models ?? []).map(loadModel));
    const request = requestFor({
      method,
      url: `https://${host}${target}`,
      headers,
      body: base64 === undefined ? (body ?? '') : Buffer.from(base64, 'base64'),
    });
    const reading = await readOperation(request, models);
    const needs = await needsOf(reading);
    expect([...new Set(needs.flatMap(({ names }) => names))]).toEqual(actions);
    const isXml = reading.model.protocol === 'rest-xml' && request.body.length !== 0;
    expect('unread' in (await reading.input.content())).toBe(isXml);
  },
);
