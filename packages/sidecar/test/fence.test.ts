import { networkInterfaces } from 'node:os';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forbiddenReason } from '../src/fence.ts';

const never: readonly [string, readonly string[]][] = [
  ['an unspecified address', ['0.0.0.0', '0.1.2.3', '::', '::0.0.0.0', '::ffff:0.0.0.0']],
  [
    'a loopback address',
    ['127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1'],
  ],
  [
    'a loopback address',
    ['64:ff9b::127.0.0.1', '2002:7f00:1::', '2001:0:7f00:1::1', '2001:0:808:808::80ff:fffe'],
  ],
  ['a loopback address', ['2606:50c0::5efe:127.0.0.1', '2606:50c0::200:5efe:7f00:1']],
  ['a cloud metadata address', ['169.254.169.254', '100.100.100.200', '168.63.129.16', '192.0.0.192']],
  ['a cloud metadata address', ['fd00:ec2::254', 'FD00:0EC2:0::254', 'fd20:ce::254', 'fd00:42::42']],
  ['a cloud metadata address', ['::ffff:169.254.169.254', '::ffff:a9fe:a9fe', '64:ff9b::a9fe:a9fe']],
  ['a link-local address', ['169.254.0.1', '169.254.170.2', 'fe80::1', 'febf::1', 'fec0::1', 'fe80::1%eth0']],
  ['a multicast address', ['224.0.0.251', '239.255.255.250', 'ff02::1', 'ff0e::1']],
  [
    'a reserved address',
    ['240.0.0.1', '255.255.255.255', '192.0.2.1', '198.51.100.9', '203.0.113.7', '198.18.0.1'],
  ],
  [
    'a reserved address',
    ['192.88.99.1', '2001:db8::1', '3fff::1', '::127.0.0.1', '100::1', '4000::1', '64:ff9b:1::1'],
  ],
  [
    'not an IP address',
    ['', 'localhost', '127.1', '0x7f.1', '2130706433', '0177.0.0.1', '1.2.3.4 ', '[::1]'],
  ],
];

const onlyWhenAllowed = [
  '10.0.0.1',
  '172.16.0.1',
  '172.31.255.254',
  '192.168.1.1',
  '100.64.0.1',
  '100.127.255.254',
].concat(['fc00::1', 'fd12:3456::1', '::ffff:10.0.0.1', '64:ff9b::c0a8:101', '2002:a00:1::']);

const always = [
  '140.82.112.3',
  '1.1.1.1',
  '9.255.255.255',
  '11.0.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '100.63.255.255',
].concat(
  [
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '223.255.255.255',
    '2606:50c0:8000::153',
  ].concat(['2a00:1450::1', '::ffff:140.82.112.3', '64:ff9b::8c52:7003', '2002:8c52:7003::1']),
);

const both = [{ isPrivateAllowed: false }, { isPrivateAllowed: true }];

test.each(never.flatMap(([reason, addresses]) => addresses.map((address) => [address, reason] as const)))(
  'never dials %j: %s',
  (address, reason) => {
    for (const options of both) expect(forbiddenReason(address, options)).toBe(reason);
  },
);

test.each(onlyWhenAllowed)('dials %s only for a host that was named', (address) => {
  expect(forbiddenReason(address, { isPrivateAllowed: false })).toBe('a private address');
  expect(forbiddenReason(address, { isPrivateAllowed: true })).toBeUndefined();
});

test.each(always)('dials %s', (address) => {
  for (const options of both) expect(forbiddenReason(address, options)).toBeUndefined();
});

test('never dials an address of this machine', () => {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  expect(own.length).toBeGreaterThan(0);
  for (const { address } of own) {
    expect(forbiddenReason(address, { isPrivateAllowed: true })).toBeDefined();
    const reason = forbiddenReason(`::ffff:${address}`, { isPrivateAllowed: true });
    if (!address.includes(':')) expect(reason).toBeDefined();
  }
});

test('an address inside an IPv6 address is judged as itself', () => {
  const carriers = [
    (hex: string) => `::ffff:${hex}`,
    (hex: string) => `64:ff9b::${hex}`,
    (hex: string) => `2002:${hex}::1`,
    (hex: string) => `0:0:0:0:0:ffff:${hex}`,
  ];
  fc.assert(
    fc.property(fc.ipV4(), fc.constantFrom(...carriers), fc.boolean(), (plain, carry, isPrivateAllowed) => {
      const [a = 0, b = 0, c = 0, d = 0] = plain.split('.').map(Number);
      const hex = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
      expect(forbiddenReason(carry(hex), { isPrivateAllowed })).toBe(
        forbiddenReason(plain, { isPrivateAllowed }),
      );
    }),
    { numRuns: 300 },
  );
});

test('IPv4 verdicts agree with a slow reading of the registry', () => {
  const slow = (address: string): string | undefined => {
    const [a = 0, b = 0, c = 0] = address.split('.').map(Number);
    if (['169.254.169.254', '100.100.100.200', '168.63.129.16', '192.0.0.192'].includes(address)) return 'no';
    if (a === 0 || a === 127 || a >= 224) return 'no';
    if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return 'private';
    if (a === 100 && b >= 64 && b < 128) return 'private';
    if ((a === 169 && b === 254) || (a === 198 && (b === 18 || b === 19))) return 'no';
    if (a === 192 && ((b === 0 && (c === 0 || c === 2)) || (b === 88 && c === 99))) return 'no';
    if ((a === 198 && b === 51 && c === 100) || (a === 203 && b === 0 && c === 113)) return 'no';
    return undefined;
  };
  const octet = fc.oneof(fc.constantFrom(0, 10, 100, 127, 168, 169, 172, 192, 198, 203), fc.nat(255));
  const own = new Set(
    Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)),
  );
  fc.assert(
    fc.property(octet, octet, octet, octet, (...octets) => {
      const address = octets.join('.');
      fc.pre(!own.has(address));
      const reason = forbiddenReason(address, { isPrivateAllowed: false });
      const kind = reason === 'a private address' ? 'private' : reason === undefined ? undefined : 'no';
      expect(kind).toBe(slow(address));
    }),
    { numRuns: 1_000 },
  );
});
