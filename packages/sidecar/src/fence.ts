import { BlockList, isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ipv6Bytes } from './ipv6.ts';

/** Whether a destination in a private network may be dialled: the user named this very host. */
export interface FenceOptions {
  readonly isPrivateAllowed: boolean;
  /** The metadata service of this machine may be asked, by the sidecar for itself. Default false. */
  readonly isMetadataAllowed?: boolean;
}

/** Where AWS, Azure and GCP have the metadata service of a machine. */
export const metadataAddress = '169.254.169.254';

/**
 * Why `address` is never dialled, in words without the address, or undefined when it may be. Addresses that carry an
 * IPv4 address inside (mapped, NAT64, 6to4, Teredo) are judged by that one too. What is not an address is forbidden.
 */
export function forbiddenReason(address: string, options: FenceOptions): string | undefined {
  const family = isIP(address);
  if (family === 0) return 'not an IP address';
  if (address.includes('%')) return 'a link-local address';
  const isMetadata = options.isMetadataAllowed === true && address === metadataAddress;
  const special = family === 4 ? reasonOf(address, 'ipv4', options) : reasonOfIpv6(address, options);
  const reason = isMetadata ? undefined : special;
  return reason ?? (isOwn(address) ? "one of this machine's own addresses" : undefined);
}

interface Range {
  readonly reason: string;
  readonly networks: readonly string[];
  readonly isPrivate?: boolean;
}

/**
 * IANA's special-purpose registries (RFC 6890) and the addresses at which clouds serve credentials. Order matters: a
 * metadata address inside a private range is never allowed.
 */
const ranges: readonly Range[] = [
  { reason: 'an unspecified address', networks: ['0.0.0.0/8', '::/128'] },
  { reason: 'a loopback address', networks: ['127.0.0.0/8', '::1/128'] },
  {
    reason: 'a cloud metadata address',
    networks: [
      '169.254.169.254/32',
      '100.100.100.200/32',
      '168.63.129.16/32',
      '192.0.0.192/32',
      'fd00:ec2::/32',
      'fd20:ce::/32',
      'fd00:42::/32',
    ],
  },
  { reason: 'a link-local address', networks: ['169.254.0.0/16', 'fe80::/10', 'fec0::/10'] },
  { reason: 'a multicast address', networks: ['224.0.0.0/4', 'ff00::/8'] },
  {
    reason: 'a reserved address',
    networks: [
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.88.99.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      '240.0.0.0/4',
      '64:ff9b:1::/48',
      '2001:2::/48',
      '2001:10::/28',
      '2001:20::/28',
      '2001:db8::/32',
      '3fff::/20',
    ],
  },
  {
    reason: 'a private address',
    isPrivate: true,
    networks: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'],
  },
];

interface Fences {
  readonly forbidden: readonly (Range & { readonly list: BlockList })[];
  readonly usableIpv6: BlockList;
}

let built: Fences | undefined;

/** Made when the first address is judged: reading the first IPv6 address takes Node some milliseconds. */
function fences(): Fences {
  built ??= {
    forbidden: ranges.map((range) => ({ ...range, list: blockList(range.networks) })),
    usableIpv6: blockList(usableNetworks),
  };
  return built;
}

/** Where IPv6 addresses may be at all: global unicast (RFC 4291), unique local, and the prefixes that carry IPv4. */
const usableNetworks = ['2000::/3', 'fc00::/7', '64:ff9b::/96', '::ffff:0:0/96'];

function reasonOf(address: string, type: 'ipv4' | 'ipv6', options: FenceOptions): string | undefined {
  const hit = fences().forbidden.find(
    ({ list, isPrivate }) => !(isPrivate === true && options.isPrivateAllowed) && list.check(address, type),
  );
  return hit?.reason;
}

function reasonOfIpv6(address: string, options: FenceOptions): string | undefined {
  const bytes = ipv6Bytes(address);
  for (const inner of carriedAddresses(bytes)) {
    const reason = forbiddenReason(inner, options);
    if (reason !== undefined) return reason;
  }
  const reason = reasonOf(address, 'ipv6', options);
  if (reason !== undefined) return reason;
  return fences().usableIpv6.check(address, 'ipv6') ? undefined : 'a reserved address';
}

/** The IPv4 addresses that a packet to this IPv6 address could end up at. */
function carriedAddresses(bytes: Buffer): string[] {
  const start = bytes.toString('hex');
  if (start.startsWith('00000000000000000000ffff')) return [dotted(bytes, 12)];
  if (start.startsWith('0064ff9b0000000000000000')) return [dotted(bytes, 12)];
  if (start.startsWith('2002')) return [dotted(bytes, 2)];
  if (start.startsWith('20010000')) return [dotted(bytes, 4), dotted(bytes.map(invert), 12)];
  if (/^.{16}0[02]005efe/.test(start)) return [dotted(bytes, 12)];
  return [];
}

function invert(byte: number): number {
  return byte ^ 0xff;
}

function dotted(bytes: Uint8Array, offset: number): string {
  return bytes.subarray(offset, offset + 4).join('.');
}

function isOwn(address: string): boolean {
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const spelled = isIPv6(address) ? ipv6Bytes(address).toString('hex') : address;
  return own.some(({ address: mine, family }) =>
    family === 'IPv6' ? ipv6Bytes(mine).toString('hex') === spelled : mine === spelled,
  );
}

function blockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
  }
  return list;
}
