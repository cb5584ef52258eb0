import { isIPv4 } from 'node:net';

/** Whether an address is the machine's own, also as IPv6 writes those of IPv4. */
export function isLoopback(address: string): boolean {
  const bare = address.replace(/^::ffff:/i, '');
  return bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'));
}
