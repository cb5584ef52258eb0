import assert from 'node:assert/strict';
import type { Attack, Case } from './conformance-case.ts';
import { createReader, isSame, partsOf, type Reader } from './conformance-reading.ts';
import { type RequestText, requestFor } from './conformance-request.ts';
import type { Subject } from './conformance-subject.ts';
import { type Authority, type HostPattern, matchHost } from './host.ts';

/** Who a request is for. */
export function authorityAttacks(subject: Subject): Attack[] {
  return [
    {
      group: 'authority',
      name: 'reads one host in every spelling alike',
      cases: async () => spellingCases(await createReader(subject)),
    },
    {
      group: 'authority',
      name: 'gives the credential to no host that only looks like its own',
      cases: async () => lookalikeCases(await createReader(subject)),
    },
    {
      group: 'authority',
      name: 'fetches from its own hosts and its token hosts, over TLS, and from nowhere else',
      cases: async () => fetchCases(subject),
    },
  ];
}

function spellingCases(reader: Reader): Case[] {
  return reader.bases.flatMap(({ sample, actions }) => {
    const { host, port } = requestFor(sample);
    const spellings = [host.toUpperCase(), `${host}.`, `${host}:${port}`, `${host}.:0${port}`.slice(0, 250)];
    const shown = (spelling: string) =>
      port === 443 || spelling.includes(':') ? spelling : `${spelling}:${port}`;
    return spellings.map((spelling): Case => {
      const request = at(sample, shown(spelling));
      return {
        request,
        what: `the host as ${shown(spelling)}`,
        run: async () => {
          const resolution = await reader.read(request);
          if (resolution === undefined) return false;
          assert.ok(isSame(resolution, actions), 'it is read otherwise than in the plain spelling');
          return true;
        },
      };
    });
  });
}

function lookalikeCases(reader: Reader): Case[] {
  return reader.bases.flatMap(({ sample }) => {
    const { host, port } = requestFor(sample);
    const others: readonly Authority[] = [
      { host, port: port === 8444 ? 8445 : 8444 },
      { host, port: port === 80 ? 81 : 80 },
      ...[`x${host}`, `evil-${host}`, `${host}.evil.example`, `${host}x`, host.replace('.', '-')].map(
        (other) => ({ host: other, port }),
      ),
      { host: host.split('.').slice(1).join('.') || 'evil.example', port },
      { host: '127.0.0.1', port },
    ];
    return others.map((other): Case => {
      const request = at(sample, `${other.host}:${other.port}`);
      return {
        request,
        what: `to ${other.host}:${other.port}`,
        run: async () => {
          if (claims(reader.provider.hosts, other)) return false;
          const outcome = await reader.judge(request);
          if (outcome === undefined) return false;
          assert.equal(
            outcome.kind,
            'respond',
            'it goes on with the credential, to a host that is not declared',
          );
          return true;
        },
      };
    });
  });
}

/** Whatever the provider fetches while its samples are judged and forwarded. */
function fetchCases(subject: Subject): Case[] {
  const { plugin, spec, fetch } = subject.options;
  if (fetch === undefined) return [];
  return subject.options.samples.map((sample): Case => {
    return {
      request: sample,
      what: 'what it fetches to serve this',
      run: async () => {
        const asked: URL[] = [];
        const { judge, provider } = await createReader({
          ...subject,
          create: () =>
            subject.create((input, init) => {
              asked.push(new URL(input instanceof Request ? input.url : input));
              return fetch(input, init);
            }),
        });
        const allowed = [...provider.hosts, ...(plugin.tokenHosts?.(spec) ?? [])];
        await judge(sample);
        for (const url of asked) {
          const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443));
          const found = allowed.filter((pattern) => matchHost(pattern, { host: url.hostname, port }) > 0);
          assert.ok(found.length > 0, `it fetches from ${url.host}, which is not declared`);
          const isCovered = url.protocol === 'https:' || found.some(({ isMetadata }) => isMetadata === true);
          assert.ok(isCovered, `it fetches from ${url.host} in clear`);
        }
        return asked.length > 0;
      },
    };
  });
}

function claims(hosts: readonly HostPattern[], authority: Authority): boolean {
  return hosts.some((pattern) => matchHost(pattern, authority) > 0);
}

function at(sample: RequestText, authority: string): RequestText {
  const { origin } = partsOf(sample.url);
  const scheme = origin.split('://')[0] ?? 'https';
  return { ...sample, url: `${scheme}://${authority}${sample.url.slice(origin.length)}` };
}
