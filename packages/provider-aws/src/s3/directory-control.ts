import { type Action, type AgentRequest, printable } from '@pai/core';
import { actionsInContent } from './content.ts';
import { readFields } from './fields.ts';
import { findOperation } from './operations.ts';
import type { Place } from './place.ts';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';

/** What the control plane of directory buckets has of a bucket's sub-resources; `''` makes and deletes the bucket. */
const selectors: ReadonlySet<string> = new Set([
  '',
  'encryption',
  'inventory',
  'lifecycle',
  'metrics',
  'policy',
]);

/**
 * The actions of a request to the control plane of directory buckets (Amazon S3 API Reference, "Regional endpoint API
 * operations"): on all of them where there is no bucket. Throws `malformed_request` when they cannot be told.
 */
export async function readDirectoryActions(
  request: AgentRequest,
  bucket: Place | undefined,
): Promise<readonly Action[]> {
  const { method } = request;
  const { selector, options, hoisted } = readQuery(request);
  readFields(request.headers, hoisted);
  if (bucket === undefined && method === 'GET' && selector === '') {
    return [{ name: 's3express:ListAllMyDirectoryBuckets', reach: 'any' }];
  }
  const isListing = selector === '' && method !== 'PUT' && method !== 'DELETE';
  const operation =
    bucket === undefined || isListing || !selectors.has(selector) || options.has('versionId')
      ? undefined
      : findOperation(method, selector, { isObject: false, isDirectory: false });
  if (bucket === undefined || operation === undefined) {
    throw unreadable(
      `${printable(method)} ${printable(request.path)} is no operation on directory buckets that is known; reach objects by the bucket's own host`,
    );
  }
  const tags =
    method === 'PUT' && selector === '' ? await actionsInContent(request, { Tags: 'TagResource' }) : [];
  return [...operation.actions, ...tags].map((name) => ({ name: `s3express:${name}`, resource: bucket.arn }));
}
