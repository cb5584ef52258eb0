import { type AgentRequest, printable } from '@pai/core';
import type { ServiceModel } from '../model.ts';
import type { Reading } from '../reading.ts';
import { type Chosen, chooseOperation } from './choose.ts';
import { createContent } from './content.ts';
import { contentTypeOf } from './content-type.ts';
import { readForms } from './form-request.ts';
import { type Marks, readMarks, unclear } from './marks.ts';
import { agreeOnQueue, isQueuePath } from './queue-path.ts';

/**
 * Reads a request to RPC services. Each of them may speak any of the forms, since its clients have changed from one to
 * the next: a Smithy RPC path with CBOR, an `X-Amz-Target` with JSON or CBOR, an `Action` in a form or a query. A request
 * that shows signs of two forms is refused.
 */
export async function readRpc(
  request: AgentRequest,
  models: readonly ServiceModel[],
  limit: number,
): Promise<Reading> {
  const marks = readMarks(request);
  const path = /^\/service\/([^/]+)\/operation\/([^/]+)$/.exec(request.path);
  if (path !== null) return readRpcPath(request, marks, models, [path[1] ?? '', path[2] ?? ''], limit);
  if (request.path !== '/' && !isQueuePath(request.path, models)) {
    throw unclear(`the path ${printable(request.path)} names no operation; send / as AWS SDKs do`);
  }
  if (marks.targets.length > 0) return readTarget(request, marks, models, limit);
  if (marks.protocols.length > 0) throw unclear('Smithy-Protocol is there and the path names no operation');
  return readForms(request, marks.query, models, limit);
}

/** Whether a path is one to which RPC requests are sent, also where none is well formed. */
export function isRpcPath(path: string, models: readonly ServiceModel[]): boolean {
  return path === '/' || path.startsWith('/service/') || isQueuePath(path, models);
}

function readRpcPath(
  request: AgentRequest,
  { targets, protocols, query }: Marks,
  models: readonly ServiceModel[],
  [service, name]: readonly [string, string],
  limit: number,
): Reading {
  if (targets.length > 0) throw unclear('the path and X-Amz-Target both name an operation; send one of them');
  if (query.length > 0) throw unclear('the path names an operation and there is a query; leave that out');
  if (protocols.some((protocol) => protocol !== 'rpc-v2-cbor') || protocols.length > 1) {
    throw unclear(`Smithy-Protocol is ${printable(protocols.join())}; send rpc-v2-cbor once`);
  }
  needPost(request);
  const type = contentTypeOf(request);
  if (type !== 'application/cbor') throw unclear(`the content is ${printable(type)}; send application/cbor`);
  return readingOf(request, chooseOperation(name, servedAs(service, models)), 'cbor', limit);
}

function readTarget(
  request: AgentRequest,
  { targets, protocols, query }: Marks,
  models: readonly ServiceModel[],
  limit: number,
): Reading {
  const [target = '', ...others] = targets;
  if (others.length > 0) throw unclear('there are two X-Amz-Target headers; send one');
  if (protocols.length > 0)
    throw unclear('there are both X-Amz-Target and Smithy-Protocol; send one of them');
  if (query.length > 0) throw unclear('there are both X-Amz-Target and a query; leave the query out');
  const dot = target.lastIndexOf('.');
  if (dot < 1) throw unclear(`X-Amz-Target ${printable(target)} is not SERVICE.OPERATION`);
  needPost(request);
  const syntax = syntaxes.get(contentTypeOf(request));
  if (syntax === undefined) {
    const type = printable(contentTypeOf(request));
    throw unclear(`the content is ${type}; with X-Amz-Target send application/x-amz-json-1.1 or 1.0`);
  }
  const chosen = chooseOperation(target.slice(dot + 1), servedAs(target.slice(0, dot), models));
  return readingOf(request, chosen, syntax, limit);
}

const syntaxes: ReadonlyMap<string, 'json' | 'cbor'> = new Map([
  ['application/x-amz-json-1.0', 'json'],
  ['application/x-amz-json-1.1', 'json'],
  ['application/x-amz-cbor-1.1', 'cbor'],
]);

function needPost({ method }: AgentRequest): void {
  if (method !== 'POST') throw unclear(`${printable(method)} calls no operation by this name; send a POST`);
}

function servedAs(service: string, models: readonly ServiceModel[]): readonly ServiceModel[] {
  const serving = models.filter(({ targets }) => targets.includes(service));
  if (serving.length > 0) return serving;
  const own = models.flatMap(({ targets }) => targets).join(', ');
  throw unclear(
    `${printable(service)} is no service of this host, which has ${own === '' ? 'none by that name' : own}`,
  );
}

function readingOf(request: AgentRequest, chosen: Chosen, syntax: 'json' | 'cbor', limit: number): Reading {
  const { headers, path } = request;
  const content = createContent(request, syntax, limit);
  return {
    ...chosen,
    input: {
      labels: noLabels,
      query: [],
      headers,
      content: path.startsWith('/service/') || path === '/' ? content : () => agreeOnQueue(content, request),
    },
  };
}

const noLabels: ReadonlyMap<string, string> = new Map();
