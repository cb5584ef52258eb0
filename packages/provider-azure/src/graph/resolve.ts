import { type Action, PaiError, printable, type Resolution, readPath } from '@pai/core';
import type { BatchedRequest } from '../batch.ts';
import { refuseDetours } from '../detours.ts';

/**
 * Names what a request to Microsoft Graph does: `Microsoft.Graph/SEGMENT/read`, `write`, `delete` or `action`, where SEGMENT is the
 * first after the version, on `host` and the path without it. A POST that may create something and may also be a call is both. Throws
 * `malformed_request` for a path with no one reading.
 */
export function resolveGraph(request: BatchedRequest, host: string): Resolution {
  refuseDetours(request);
  const segments = readGraphPath(request.path);
  const kinds = kindsOf(request.method, segments);
  if (kinds === undefined)
    return { unresolved: `${printable(request.method)} is no method of Microsoft Graph` };
  const [kind, other] = kinds;
  const root = (segments[0] ?? '').replace(/\(.*$/s, '');
  const resource = [host, ...segments].join('/');
  const action = (name: Kind): Action => ({
    name: `Microsoft.Graph/${root}/${name}`,
    resource,
    // a read may give anything below its path
    ...(name === 'read' && { part: '' }),
  });
  return { actions: other === undefined ? [action(kind)] : [action(kind), action(other)] };
}

type Kind = 'read' | 'write' | 'delete' | 'action';

/** The segments after `v1.0` or `beta`. */
function readGraphPath(raw: string): readonly string[] {
  const { segments } = readPath(raw);
  const [version = '', ...others] = segments;
  if (!/^(?:v1\.0|beta)$/i.test(version) || others.length === 0) {
    throw new PaiError('malformed_request', `the path ${printable(raw)} has no version, or nothing after it`);
  }
  const odd = others.find((segment) => /%2f|[?#]/i.test(segment));
  if (odd !== undefined) {
    throw new PaiError('malformed_request', `the path has ${printable(odd)}, which can be read in two ways`);
  }
  if (!/^(?!v1\.0$|beta$)[a-z][a-z0-9.]*(?:\(.*\))?$/is.test(others[0] as string)) {
    throw new PaiError(
      'malformed_request',
      `${printable(others[0] as string)} is no name in Microsoft Graph`,
    );
  }
  return others;
}

function kindsOf(method: string, segments: readonly string[]): readonly [Kind, Kind?] | undefined {
  if (method === 'GET' || method === 'HEAD') return ['read'];
  if (method === 'PUT' || method === 'PATCH') return ['write'];
  if (method === 'DELETE') return ['delete'];
  return method === 'POST' ? kindsOfPost(segments) : undefined;
}

/** Graph says in its metadata which last segments are calls; nothing but their words says so in a request. */
function kindsOfPost(segments: readonly string[]): readonly [Kind, Kind?] {
  const last = segments.at(-1) ?? '';
  if (segments.length === 1) return verb.test(last) || last.includes('(') ? ['action'] : ['write'];
  if (/^\$ref$/i.test(last)) return ['write'];
  if (/^microsoft\.graph\./i.test(last) || last.endsWith(')') || verb.test(last)) return ['action'];
  return /^[a-z]+s$/i.test(last) ? ['write'] : ['write', 'action'];
}

/** Verbs that calls begin with (Microsoft Graph REST API reference). */
const verb =
  /^(?:accept|acquire|activate|add|apply|approve|archive|assign|begin|cancel|change|check|clear|clone|close|complete|confirm|convert|copy|create|deactivate|decline|delete|deny|deploy|disable|discover|dismiss|enable|end|evaluate|execute|export|extend|find|follow|forward|generate|get|grant|hide|import|initiate|install|invalidate|invite|invoke|lock|logout|mark|move|mute|pause|permanentDelete|pin|play|publish|query|reassign|recompile|record|redirect|refresh|regenerate|reject|release|remove|rename|renew|reopen|replace|reply|request|reset|resend|restart|restore|resume|retire|retry|revoke|rotate|run|schedule|search|send|set|share|shutDown|snooze|start|stop|submit|subscribe|suspend|sync|synchronize|tentatively|terminate|translate|transfer|trigger|unarchive|undelete|unfollow|unhide|uninstall|unlock|unmark|unmute|unpin|unpublish|unset|unsubscribe|update|upgrade|upload|validate|verify|wipe)(?=[A-Z]|$)/;
