import { type AgentRequest, printable } from '@pai/core';
import type { GcpAction } from '../gcp-action.ts';
import {
  bucketResource,
  checkBucket,
  checkObject,
  checkProject,
  objectResource,
  readingsOf,
} from './names.ts';
import { unreadable } from './refuse.ts';
import { readObjects } from './xml-content.ts';
import { isGranting, readFields, type XmlFields } from './xml-fields.ts';
import { findXmlOperation, type XmlOperation } from './xml-operations.ts';
import { readXmlQuery, type XmlQuery } from './xml-query.ts';

/** A request to a bucket or an object, read. */
interface Reading {
  readonly request: AgentRequest;
  readonly operation: XmlOperation;
  readonly query: XmlQuery;
  readonly fields: XmlFields;
  readonly bucket: string;
  /** Every name that the object may have; none for a bucket. */
  readonly objects: readonly string[];
}

/**
 * The actions of a request to the XML API, with the bucket in the host where that names one. Throws `malformed_request`
 * when they cannot be told, and `body_too_large` when the content that tells them is too long.
 */
export async function readXmlActions(
  request: AgentRequest,
  hostBucket: string | undefined,
): Promise<readonly GcpAction[]> {
  const query = readXmlQuery(request);
  const fields = readFields(request.headers);
  const [, inPath = '', raw = ''] =
    hostBucket === undefined
      ? (/^\/([^/]*)\/?(.*)$/s.exec(request.path) ?? [])
      : ['', hostBucket, request.path.slice(1)];
  if (inPath === '') return readBuckets(request, query, fields);
  const bucket = checkBucket(readingsOf(inPath)[0]);
  const objects = raw === '' ? [] : readingsOf(raw).map((name) => checkObject(name));
  const operation = findXmlOperation(request.method, query.selector, raw !== '');
  if (operation === undefined) throw unknown(request.method, query.selector, raw !== '');
  const reading = { request, operation, query, fields, bucket, objects };
  const fault = faultOf(reading);
  if (fault !== undefined) throw unreadable(fault);
  return readActions(reading);
}

/** All buckets of a project, which is that of the credential where the request names none. */
function readBuckets({ method }: AgentRequest, query: XmlQuery, fields: XmlFields): readonly GcpAction[] {
  if (method !== 'GET' || query.selector !== '') {
    throw unreadable(
      `${printable(method)} on this path is no operation that is known; name a bucket, or use GET`,
    );
  }
  const name = 'storage.buckets.list';
  const project = fields.get('project-id') ?? query.options.get('project');
  if (project === undefined) return [{ name, reach: 'any' }];
  if ((query.options.get('project') ?? project) !== project) {
    throw unreadable('the query and the header name different projects; name one');
  }
  const resource = `//storage.googleapis.com/projects/${checkProject(project)}`;
  return readingsOf(query.options.get('prefix') ?? '').map((part) => ({ name, resource, part }));
}

async function readActions(reading: Reading): Promise<readonly GcpAction[]> {
  const { request, operation, query, bucket } = reading;
  const { needs, reads, asks } = operation;
  if (asks === 'deletions') {
    const named = await readObjects(request, 'deletions');
    return named.flatMap((object) => on(needs, objectResource(bucket, object)));
  }
  const resources = resourcesOf(reading);
  const actions = resources.flatMap((resource) => on(needs, resource));
  if (reads === 'existence') return actions.map((action) => ({ ...action, hasNoPart: true }));
  if (reads === 'keys') {
    const parts = readingsOf(query.options.get('prefix') ?? '');
    return actions.flatMap((action) => parts.map((part) => ({ ...action, part })));
  }
  const components = asks === 'components' ? await readObjects(request, 'components') : [];
  return [
    ...actions.map((action) => ({ ...action, ...projectOf(reading) })),
    ...components.flatMap((object) => on(['objects.get'], objectResource(bucket, object))),
    ...copied(reading),
    ...resources.flatMap((resource) => on(extrasOf(reading), resource)),
  ];
}

function resourcesOf({ bucket, objects }: Reading): readonly string[] {
  if (objects.length === 0) return [bucketResource(bucket)];
  return objects.map((object) => objectResource(bucket, object));
}

function on(needs: readonly string[], resource: string): readonly GcpAction[] {
  return needs.map((need) => ({ name: `storage.${need}`, resource }));
}

/** What fields of the header make a request that makes something do as well. */
function extrasOf({ fields, objects, operation }: Reading): readonly string[] {
  if (operation.asks === undefined) return [];
  if (objects.length === 0) {
    const isLocked = (fields.get('bucket-object-lock-enabled') ?? 'false') !== 'false';
    return [
      ...(isGranting(fields) ? ['buckets.setIamPolicy'] : []),
      ...(isLocked ? ['buckets.enableObjectRetention'] : []),
    ];
  }
  const isRetained = [...fields.keys()].some((name) => name.startsWith('object-lock-'));
  return [
    ...(isGranting(fields) ? ['objects.setIamPolicy'] : []),
    ...(isRetained ? ['objects.setRetention'] : []),
  ];
}

function projectOf({ operation, fields }: Reading): { readonly project?: string } {
  const project = operation.needs[0] === 'buckets.create' ? fields.get('project-id') : undefined;
  return project === undefined ? {} : { project: checkProject(project) };
}

/** The object that is copied from, `/bucket/object`, percent-encoded. */
function copied({ fields }: Reading): readonly GcpAction[] {
  const value = fields.get('copy-source');
  if (value === undefined) return [];
  return readingsOf(value.replace(/\?(?:versionId|generation)=\d+$/, '')).flatMap((source) => {
    const [, bucket, object] = /^\/?([^/]+)\/(.+)$/s.exec(source) ?? [];
    if (value.replace(/\?(?:versionId|generation)=\d+$/, '').includes('?') || !/^[\x20-\x7e]*$/.test(value)) {
      throw unreadable(
        'the copy source is no object that can be told; write /bucket/object, percent-encoded',
      );
    }
    return on(['objects.get'], objectResource(checkBucket(bucket), checkObject(object)));
  });
}

function faultOf({ operation, query, fields, request, objects }: Reading): string | undefined {
  const { options, selector } = query;
  const isPart = request.method === 'PUT' && selector === 'uploadId';
  if (options.has('partNumber') !== isPart) {
    return 'the query has one of uploadId and partNumber; send both or neither';
  }
  if (options.has('versionId') && options.has('generation')) return 'the query has two versions; send one';
  const canCopy = request.method === 'PUT' && objects.length > 0 && (selector === '' || isPart);
  if (fields.has('copy-source') && !canCopy)
    return 'the request has a copy source and copies nothing; leave it out';
  if (operation.asks === 'resumable' && fields.get('resumable')?.toLowerCase() !== 'start') {
    return 'a form upload carries a policy that the agent has signed with its placeholder; upload with PUT instead';
  }
  if (fields.has('resumable') && operation.asks !== 'resumable') {
    return 'x-goog-resumable is on a request that starts no upload; leave it out';
  }
  return undefined;
}

function unknown(method: string, selector: string, isObject: boolean): Error {
  if (method === 'POST' && selector === '') {
    return unreadable(
      'a form upload carries a policy that the agent has signed with its placeholder; upload with PUT instead',
    );
  }
  const what = `${printable(method)} ${selector === '' ? '' : `with ?${selector} `}on ${isObject ? 'an object' : 'a bucket'}`;
  return unreadable(`${what} is no operation of the XML API that is known; use one of its documents`);
}
