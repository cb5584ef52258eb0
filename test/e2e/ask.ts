import { readFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import type { SidecarPod } from './sidecar-pod.ts';

/** What a service answered, or the sidecar in its place. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Asks from within this process, as a client in the pod would, on a connection of its own. */
export function createAsk({ dir, address }: Pick<SidecarPod, 'dir' | 'address'>) {
  const ca = readFileSync(join(dir, 'ca/ca.pem'), 'utf8');
  return (url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { hostname, pathname, search } = new URL(url);
      const target = {
        host: address,
        port: 443,
        servername: hostname,
        path: pathname + search,
        agent: false,
      };
      const request = https.get({ ...target, ca, headers: { host: hostname, ...headers } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      });
      request.on('error', reject);
    });
}

/** Asks from several callers at once, over and over, for `duration` milliseconds; gives how often each status came. */
export async function askForAWhile(
  ask: () => Promise<Answer>,
  { callers, duration }: { readonly callers: number; readonly duration: number },
): Promise<Record<number, number>> {
  const until = performance.now() + duration;
  const counts: Record<number, number> = {};
  const caller = async () => {
    while (performance.now() < until) {
      const { status } = await ask();
      counts[status] = (counts[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return counts;
}
