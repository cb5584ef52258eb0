import { describe, expect, test } from 'vitest';
import type { Ask } from './agent.ts';
import { answerOf, api, cases, github, lineOf } from './door-cases.ts';
import { canaries, useRig } from './rig.ts';
import { valuesOf } from './strict-message.ts';

const everyWay = [
  ...(['tls', 'proxy', 'transparent'] as const).flatMap((door) =>
    (['h1', 'h2'] as const).map((protocol) => ({ door, protocol })),
  ),
  { door: 'baseUrl', protocol: 'h1' },
] as const;

describe('a request at every door', () => {
  const rig = useRig();

  test.each(cases)(
    'gets one answer and leaves one line: $name',
    async ({ name: _, only, status, rule, ...given }) => {
      const { service, audit, expectNoCanary } = rig();
      const ask = { sni: api, ...given };
      const ways = only === undefined ? everyWay : everyWay.filter(({ protocol }) => protocol === only);
      const seen: { protocol: string; answer: unknown; sent: unknown }[] = [];
      for (const { door, protocol } of ways) {
        service.forget();
        const got = await rig().ask({ door, protocol, ...ask });
        expect({ door, protocol, status: got.status }).toEqual({ door, protocol, status });
        expect(service.violations).toEqual([]);
        await expectNoCanary(got);
        const sent = service.requests.map((request) => ({ ...request, connection: undefined }));
        if (status === 200) expectWhole(sent, ask);
        else expect(service.received().toString()).toBe('');
        seen.push({ protocol, answer: answerOf(got), sent });
      }
      for (const one of seen) expect(one).toEqual(seen.find(({ protocol }) => protocol === one.protocol));
      const lines = (await audit(ways.length)).map(lineOf);
      expect(lines[0]).toMatchObject({ host: ask.sni, status, rule });
      for (const line of lines) expect(line).toEqual(lines[0]);
    },
  );

  test('is refused for another host than its connection or its path is for', async () => {
    const { audit, service } = rig();
    for (const way of everyWay)
      expect(await rig().ask({ ...way, sni: api, authority: github })).toMatchObject({ status: 421 });
    for (const line of await audit(everyWay.length))
      expect(line).toMatchObject({ decision: 'refuse', rule: 'misdirected_request', host: api });
    expect(service.received().toString()).toBe('');
  });

  function expectWhole(
    sent: readonly Pick<
      ReturnType<typeof rig>['service']['requests'][number],
      'fields' | 'target' | 'body'
    >[],
    ask: Ask & { readonly sni: string },
  ) {
    const [request, ...others] = sent;
    expect(others).toEqual([]);
    const token = ask.sni === github ? canaries.github : canaries.api;
    const fields = request?.fields.filter(([field]) => !/^(content-length|transfer-encoding)$/i.test(field));
    expect(fields?.at(-1)).toEqual(['authorization', `Bearer ${token}`]);
    expect(valuesOf(request?.fields ?? [], 'authorization')).toHaveLength(1);
    expect(valuesOf(request?.fields ?? [], 'host')).toEqual([ask.sni]);
    expect(request?.target).toBe(ask.path ?? '/');
    expect(request?.body.toString()).toBe(ask.body ?? '');
  }
});
