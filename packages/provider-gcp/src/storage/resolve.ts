import { type AgentRequest, findMethodOverride, getHeaders, printable, type Resolution } from '@pai/core';
import type { GcpEndpoint } from '../endpoint.ts';
import type { GcpAction } from '../gcp-action.ts';
import { readJsonActions } from './json.ts';
import { findOperation } from './operations.ts';
import { unreadable } from './refuse.ts';
import { readUploadActions } from './upload.ts';
import type { UploadSessions } from './upload-sessions.ts';
import { readXmlActions } from './xml.ts';

/** What decides about a request to Cloud Storage beside it. */
export interface StorageOptions {
  /** Without it, upload sessions are known by their URLs alone. */
  readonly sessions?: UploadSessions;
}

/** Paths that belong to the JSON API and its doors, wherever a bucket could be called so as well. */
const jsonPath = /^\/(?:(upload|resumable\/upload|download)\/)?storage\/v1\/(.+)$/;

/** What a path of another kind may not begin with. */
const reserved = /^\/(?:batch|download|resumable|storage|upload|\$discovery)(?:\/|$)/;

/**
 * Names the actions of a request to Cloud Storage as IAM does, with full resource names. All doors to one operation give
 * the same: the JSON API, uploads, downloads, and the XML API with the bucket in the path or in the host; a part of a
 * batch is a request too. Throws `malformed_request` for whatever has more than one reading or none, and
 * `body_too_large` when the content that decides is too long.
 */
export async function resolveStorage(
  request: AgentRequest,
  endpoint: GcpEndpoint,
  options: StorageOptions = {},
): Promise<Resolution> {
  const [first, ...others] = unique(await actionsAt(request, endpoint, options));
  return first === undefined
    ? { unresolved: 'the request does nothing that has a name' }
    : { actions: [first, ...others] };
}

/** Whether a request is one of the XML API, whose errors are XML too. */
export function isXml({ path }: Pick<AgentRequest, 'path'>, endpoint: GcpEndpoint | undefined): boolean {
  if (endpoint?.service !== 'storage.googleapis.com') return false;
  return endpoint.bucket !== undefined || !(jsonPath.test(path) || reserved.test(path));
}

async function actionsAt(
  request: AgentRequest,
  endpoint: GcpEndpoint,
  options: StorageOptions,
): Promise<readonly GcpAction[]> {
  const found = endpoint.bucket === undefined ? jsonPath.exec(request.path) : null;
  if (found !== null) return jsonActions(request, found[1], (found[2] ?? '').split('/'), options);
  if (reserved.test(withoutEscapes(request.path))) {
    throw unreadable(
      `${printable(request.path)} is no path of Cloud Storage that is known, and could be one of its JSON API; use that with the host storage.googleapis.com`,
    );
  }
  const override = findMethodOverride(request);
  if (override !== undefined) throw unreadable(`${override} asks for another method; send that method`);
  return readXmlActions(request, endpoint.bucket);
}

function withoutEscapes(path: string): string {
  // No bucket's name has a character to escape: an escape in its place hides something.
  return path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

async function jsonActions(
  request: AgentRequest,
  door: string | undefined,
  segments: readonly string[],
  { sessions }: StorageOptions,
): Promise<readonly GcpAction[]> {
  const methods = methodsOf(request, door === undefined ? segments : undefined);
  if (door === 'download' && (methods.join() !== 'GET' || segments.length !== 4 || segments[2] !== 'o')) {
    throw unreadable('downloads are of one object, with GET; use /storage/v1 for anything else');
  }
  const all: GcpAction[] = [];
  for (const method of methods) {
    all.push(
      ...(door === undefined || door === 'download'
        ? await readJsonActions(request, method, segments)
        : await readUploadActions(request, method, segments, { isResumable: door !== 'upload', sessions })),
    );
  }
  return all;
}

/**
 * The methods that a request may have: with `X-HTTP-Method-Override` the one that it names, and its own where that
 * is something too: the field goes on, and a server may leave it unread.
 */
function methodsOf(request: AgentRequest, segments: readonly string[] | undefined): readonly string[] {
  const { method, headers } = request;
  const override = findMethodOverride(request);
  if (override === undefined) return [method];
  const values = getHeaders(headers, 'x-http-method-override');
  const [value = ''] = values;
  const isKnown = /^(?:GET|PUT|PATCH|DELETE)$/.test(value) && values.length === 1;
  if (
    segments === undefined ||
    method !== 'POST' ||
    !isKnown ||
    !/^x-http-method-override$/i.test(override)
  ) {
    throw unreadable(`${override} asks for another method; send that method`);
  }
  return findOperation(method, segments) === undefined ? [value] : [value, method];
}

/** The same action on the same thing is said once. */
function unique(actions: readonly GcpAction[]): readonly GcpAction[] {
  if (actions.length === 1) return actions;
  const keyed = actions.map((action): [string, GcpAction] => [
    [action.name, action.part, action.reach, action.resource].join('\0'),
    action,
  ]);
  return [...new Map(keyed).values()];
}
