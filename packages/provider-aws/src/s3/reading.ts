import { type AgentRequest, printable } from '@pai/core';
import { type AmzFields, readFields } from './fields.ts';
import { findOperation, type Operation } from './operations.ts';
import type { Place } from './place.ts';
import { readQuery, type S3Query } from './query.ts';
import { unreadable } from './refuse.ts';

/** A request to a bucket or to an object in it, read. */
export interface Reading {
  readonly operation: Operation;
  readonly query: S3Query;
  readonly fields: AmzFields;
}

/**
 * Reads which operation a request to a bucket, or to an object where there is a key, is. Throws `malformed_request` for
 * what is none, and for parameters and fields that belong to another one.
 */
export function readOperation(request: AgentRequest, place: Place, isObject: boolean): Reading {
  const query = readQuery(request);
  const fields = readFields(request.headers, query.hoisted);
  const { selector, options } = query;
  const isNamed = selector === 'annotation' && options.has('annotationName');
  const operation = findOperation(request.method, isNamed ? 'annotation name' : selector, {
    isObject,
    isDirectory: place.isDirectory === true,
  });
  if (operation === undefined) throw unknown(request.method, selector, isObject);
  const reading = { operation, query, fields };
  const fault = faultOf(reading, request.method, isObject);
  if (fault !== undefined) throw unreadable(fault);
  return reading;
}

function unknown(method: string, selector: string, isObject: boolean): Error {
  if (method === 'POST' && selector === '') {
    return unreadable(
      'a form upload carries a policy that the agent has signed with its placeholder; upload with PUT instead',
    );
  }
  const what = `${printable(method)} ${selector === '' ? '' : `with ?${selector} `}on ${isObject ? 'an object' : 'a bucket'}`;
  return unreadable(`${what} is no operation of S3 that is known; use one that S3's documents show`);
}

function faultOf(
  { operation, query, fields }: Reading,
  method: string,
  isObject: boolean,
): string | undefined {
  const { selector, value, options } = query;
  if (selector === 'list-type' && value !== '2') return 'the query has a list-type other than 2; send that';
  if (options.has('versionId') && (operation.versioned === undefined || !isObject)) {
    return 'the query has a versionId, which this operation does not take; leave it out';
  }
  const isPart = method === 'PUT' && selector === 'uploadId';
  const isRead = method === 'GET' || method === 'HEAD';
  if (options.has('partNumber') ? !isPart && !isRead : isPart) {
    return 'the query has one of uploadId and partNumber; send both or neither';
  }
  if (fields.has('x-amz-copy-source') && operation.canCopy !== true) {
    return 'x-amz-copy-source is on a request that copies nothing; leave it out';
  }
  if (fields.has('x-amz-rename-source') !== (selector === 'renameObject')) {
    return 'x-amz-rename-source and renameObject go together; send both or neither';
  }
  return undefined;
}
