import { type AgentRequest, printable } from '@pai/core';
import type { ServiceModel } from '../model.ts';
import type { Content } from '../reading.ts';
import { unclear } from './marks.ts';

/** Whether a path is that of a queue of SQS, to which clients of its query protocol send requests. */
export function isQueuePath(path: string, models: readonly ServiceModel[]): boolean {
  return (
    /^\/\d{12}\/[A-Za-z0-9_-]{1,80}(?:\.fifo)?$/.test(path) && models.some(({ prefix }) => prefix === 'sqs')
  );
}

/**
 * The content of a request to the path of a queue, with a `QueueUrl` of that queue: the path is what the query protocol
 * goes by, and the content what JSON goes by. Throws `malformed_request` where the two name different queues.
 */
export async function agreeOnQueue(
  content: () => Promise<Content>,
  { host, path }: Pick<AgentRequest, 'host' | 'path'>,
): Promise<Content> {
  const read = await content();
  if ('unread' in read) return read;
  const members = (read.value ?? {}) as Partial<Record<string, unknown>>;
  const own = Object.hasOwn(members, 'QueueUrl') ? members['QueueUrl'] : undefined;
  if (own === undefined) return { ...read, value: { ...members, QueueUrl: `https://${host}${path}` } };
  if (typeof own === 'string' && /^https?:\/\/[^/?#]+(\/[^?#]*)$/.exec(own)?.[1] === path) return read;
  const other = typeof own === 'string' ? printable(own) : 'no text';
  throw unclear(`the path is ${printable(path)} and QueueUrl ${other}; send the QueueUrl of one queue`);
}
