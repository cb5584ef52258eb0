import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clouds } from '../src/clouds.ts';
import type { AzureCloud } from '../src/endpoint.ts';
import { createEndpoints } from '../src/endpoints.ts';
import { hostPatterns, readEndpoint } from '../src/hosts.ts';

/** Host: service, cloud, audience, and what else it says. */
const hosts: readonly (readonly [string, string, string, string, object?])[] = [
  ['management.azure.com', 'arm', 'public', 'https://management.azure.com'],
  [
    'westeurope.management.azure.com',
    'arm',
    'public',
    'https://management.azure.com',
    { region: 'westeurope' },
  ],
  ['management.usgovcloudapi.net', 'arm', 'usgov', 'https://management.usgovcloudapi.net'],
  ['management.chinacloudapi.cn', 'arm', 'china', 'https://management.chinacloudapi.cn'],
  ['graph.microsoft.com', 'graph', 'public', 'https://graph.microsoft.com'],
  ['graph.microsoft.us', 'graph', 'usgov', 'https://graph.microsoft.us'],
  ['dod-graph.microsoft.us', 'graph', 'usgov', 'https://dod-graph.microsoft.us'],
  ['microsoftgraph.chinacloudapi.cn', 'graph', 'china', 'https://microsoftgraph.chinacloudapi.cn'],
  ['acct.blob.core.windows.net', 'blob', 'public', 'https://storage.azure.com', { account: 'acct' }],
  ['acct-secondary.dfs.core.windows.net', 'dfs', 'public', 'https://storage.azure.com', { account: 'acct' }],
  [
    'acct-internetrouting.file.core.windows.net',
    'file',
    'public',
    'https://storage.azure.com',
    { account: 'acct' },
  ],
  [
    'acct-secondary-microsoftrouting.queue.core.windows.net',
    'queue',
    'public',
    'https://storage.azure.com',
    { account: 'acct' },
  ],
  ['acct.table.core.usgovcloudapi.net', 'table', 'usgov', 'https://storage.azure.com', { account: 'acct' }],
  ['acct.blob.core.chinacloudapi.cn', 'blob', 'china', 'https://storage.azure.com', { account: 'acct' }],
  ['acct.z6.web.core.windows.net', 'web', 'public', 'https://storage.azure.com', { account: 'acct' }],
  ['acct.z01.blob.storage.azure.net', 'blob', 'public', 'https://storage.azure.com', { account: 'acct' }],
  [
    'acct-secondary.z42.dfs.storage.azure.net',
    'dfs',
    'public',
    'https://storage.azure.com',
    { account: 'acct' },
  ],
  ['my-vault.vault.azure.net', 'vault', 'public', 'https://vault.azure.net', { account: 'my-vault' }],
  ['v.vault.usgovcloudapi.net', 'vault', 'usgov', 'https://vault.usgovcloudapi.net', { account: 'v' }],
  ['v.vault.azure.cn', 'vault', 'china', 'https://vault.azure.cn', { account: 'v' }],
  ['h.managedhsm.azure.net', 'managedhsm', 'public', 'https://managedhsm.azure.net', { account: 'h' }],
  ['s.azconfig.io', 'appconfig', 'public', 'https://azconfig.io', { account: 's' }],
  ['s.azconfig.azure.us', 'appconfig', 'usgov', 'https://appconfig.azure.us', { account: 's' }],
  ['n.servicebus.windows.net', 'servicebus', 'public', 'https://servicebus.azure.net', { account: 'n' }],
  ['n.servicebus.usgovcloudapi.net', 'servicebus', 'usgov', 'https://servicebus.azure.net', { account: 'n' }],
  ['c.documents.azure.com', 'cosmos', 'public', 'https://cosmos.azure.com', { account: 'c' }],
  ['c-eastus.documents.azure.com', 'cosmos', 'public', 'https://cosmos.azure.com', { account: 'c-eastus' }],
  ['o.openai.azure.com', 'openai', 'public', 'https://cognitiveservices.azure.com', { account: 'o' }],
  [
    'a.cognitiveservices.azure.us',
    'cognitive',
    'usgov',
    'https://cognitiveservices.azure.us',
    { account: 'a' },
  ],
  [
    'eastus.api.cognitive.microsoft.com',
    'cognitive',
    'public',
    'https://cognitiveservices.azure.com',
    { region: 'eastus' },
  ],
  ['api.loganalytics.io', 'loganalytics', 'public', 'https://api.loganalytics.io'],
  ['api.loganalytics.us', 'loganalytics', 'usgov', 'https://api.loganalytics.us'],
  [
    'rules-ab12.eastus-1.ingest.monitor.azure.com',
    'monitor',
    'public',
    'https://monitor.azure.com',
    { account: 'rules-ab12', region: 'eastus' },
  ],
  [
    'westus2.metrics.monitor.azure.com',
    'monitor',
    'public',
    'https://metrics.monitor.azure.com',
    { region: 'westus2' },
  ],
  ['s.search.windows.net', 'search', 'public', 'https://search.azure.com', { account: 's' }],
  [
    't.westus2-1.eventgrid.azure.net',
    'eventgrid',
    'public',
    'https://eventgrid.azure.net',
    { account: 't', region: 'westus2' },
  ],
  [
    'ns.westus2-1.ts.eventgrid.azure.net',
    'eventgrid',
    'public',
    'https://eventgrid.azure.net',
    { account: 'ns', region: 'westus2' },
  ],
];

test.each(hosts.map((row) => ({ row, host: row[0] })))('reads $host', ({ row }) => {
  const [host, service, cloud, audience, names = {}] = row;
  expect(readEndpoint(host)).toEqual({ service, cloud, audience, ...names });
});

const strangers = [
  'acct.blob.core.windows.net.evil.example',
  'management.azure.com.evil.example',
  'evilmanagement.azure.com',
  'management.azure.com.cn',
  'a.b.management.azure.com',
  'x-y.management.azure.com',
  'graph.microsoft.com.evil.example',
  'x.graph.microsoft.com',
  'core.windows.net',
  'blob.core.windows.net',
  'a.blob.core.windows.net',
  'acct.evil.blob.core.windows.net',
  'acct-other.blob.core.windows.net',
  'acct-secondary-secondary.blob.core.windows.net',
  'md-abc.z1.blob.storage.azure.net',
  'acct.privatelink.blob.core.windows.net',
  'acct.zx.blob.storage.azure.net',
  'acct.blob.storage.azure.net',
  'acct.web.core.windows.net',
  'vault.azure.net',
  'a.b.vault.azure.net',
  '-v.vault.azure.net',
  'x.azurewebsites.net',
  'x.azurecr.io',
  'x.database.windows.net',
  'login.microsoftonline.com',
  't.eventgrid.azure.net',
  't.westus2.eventgrid.azure.net',
  'acct.blob.core.windows.net:443',
  'ACCT.blob.core.windows.net',
  'constructor',
  '__proto__.vault.azure.net.',
];

test.each(strangers)('knows no service at %s', (host) => {
  expect(readEndpoint(host)).toBeUndefined();
});

const names: readonly AzureCloud[] = ['public', 'usgov', 'china'];

test('claims no host for two clouds, and every host that it knows', () => {
  const all = names.flatMap((cloud) => hostPatterns(cloud).map(({ host }) => host));
  expect(new Set(all).size).toBe(all.length);
  for (const [host, , cloud] of hosts) {
    const labels = host.split('.');
    const fits = ({ host: pattern }: { host: string }) =>
      pattern === host ||
      pattern === `*.${labels.slice(1).join('.')}` ||
      (pattern.startsWith('**.') && host.endsWith(pattern.slice(2)));
    expect(hostPatterns(cloud as AzureCloud).some(fits), host).toBe(true);
  }
});

test('reads whatever stands before and after a suffix without a slip', () => {
  const suffix = fc.constantFrom(...names.flatMap((cloud) => clouds[cloud].hosts.map((row) => row.suffix)));
  const label = fc.stringMatching(/^[a-z0-9-]{1,30}$/);
  fc.assert(
    fc.property(fc.array(label, { maxLength: 3 }), suffix, label, (left, its, right) => {
      const host = [...left, its].join('.');
      const endpoint = readEndpoint(host);
      if (endpoint !== undefined) expect(`.${host}`.endsWith(`.${its}`)).toBe(true);
      expect(readEndpoint(`${host}.${right}`)).toBeUndefined();
      expect(readEndpoint(`x${its}`)).toBeUndefined();
    }),
  );
});

test('finds hosts of the configured cloud only, and of the configured region only', () => {
  const { read, find } = createEndpoints({ cloud: 'usgov', region: 'USGov Virginia' });
  expect(read('acct.blob.core.windows.net')).toBeUndefined();
  expect(find('acct.blob.core.usgovcloudapi.net')?.service).toBe('blob');
  expect(find('usgovvirginia.management.usgovcloudapi.net')?.region).toBe('usgovvirginia');
  expect(() => find('usgovtexas.management.usgovcloudapi.net')).toThrow(
    /is of region usgovtexas, and config\.region is USGov Virginia/,
  );
});

test('finds namespaces that somebody has named, since a relay gives its listener the token', () => {
  const host = 'ns.servicebus.windows.net';
  for (const resources of [
    undefined,
    ['*'],
    ['*.servicebus.windows.net/*'],
    ['n?.servicebus.windows.net/q'],
  ]) {
    expect(() => createEndpoints({ resources }).find(host)).toThrow(/may be a relay/);
  }
  expect(createEndpoints({ resources: ['*', 'NS.servicebus.windows.net/q'] }).find(host)?.service).toBe(
    'servicebus',
  );
  expect(createEndpoints({ host }).find(host)?.service).toBe('servicebus');
});

test('claims only the host that the configuration names, and lets that one be private', () => {
  const { patterns } = createEndpoints({ host: 'acct.blob.core.windows.net' });
  expect(patterns).toEqual([{ host: 'acct.blob.core.windows.net', port: 443, isPrivateAllowed: true }]);
  expect(createEndpoints({ host: '*.vault.azure.net' }).patterns).toHaveLength(1);
  for (const host of ['*.azure.com', 'example.com', 'acct.blob.core.chinacloudapi.cn']) {
    expect(() => createEndpoints({ host })).toThrow(
      /is no host of a service that is known in the public cloud/,
    );
  }
});
