import type { AuditEvent } from '@pai/core';
import type { Ask, Got } from './agent.ts';

/** The host of the rig's `http-token` Provider. */
export const api = 'api.example.com';
/** The host of the rig's `github` Provider. */
export const github = 'api.github.com';
const reviews = '/repos/myorg/repo-a/pulls/7/reviews';
const issues = '/repos/myorg/repo-a/issues';

/** A request, and what becomes of it wherever it comes in. */
export interface Case extends Ask {
  readonly name: string;
  readonly sni?: string;
  /** The protocol that can say it; default both. */
  readonly only?: 'h1' | 'h2';
  readonly status: number;
  readonly rule: string;
}

const read = 'policy.httpRules[1]';
/** Requests that mean the same at every door. */
export const cases: readonly Case[] = [
  { name: 'an allowed read', path: '/v1/x?y=1', status: 200, rule: read },
  { name: 'an allowed write', method: 'POST', path: '/v1', body: 'hello', status: 200, rule: read },
  {
    name: 'content of 200 KB',
    method: 'PUT',
    path: '/v1',
    body: 'x'.repeat(200_000),
    status: 200,
    rule: read,
  },
  { name: 'an escape that stands for itself', path: '/v1/a%20b%C3%BC', status: 200, rule: read },
  { name: 'an empty query', path: '/v1/x?', status: 200, rule: read },
  { name: 'a path of nothing but its slash', path: '/', status: 200, rule: read },
  { name: 'a path that a rule denies', path: '/forbidden/x', status: 403, rule: 'policy.httpRules[0]' },
  { name: 'the same, encoded', path: '/%66orbidden/x', status: 403, rule: 'policy.httpRules[0]' },
  { name: 'a method that no rule names', method: 'PROPFIND', status: 403, rule: 'policy.httpRules' },
  { name: 'a repository in scope', sni: github, path: issues, status: 200, rule: 'policy.allow[3]' },
  {
    name: 'the same in another case',
    sni: github,
    path: '/repos/MyOrg/Repo-A/issues',
    status: 200,
    rule: 'policy.allow[3]',
  },
  {
    name: 'a repository out of scope',
    sni: github,
    path: '/repos/myorg/other/issues',
    status: 403,
    rule: 'scope.repositories',
  },
  {
    name: 'an action that is denied',
    sni: github,
    method: 'DELETE',
    path: '/repos/myorg/repo-a',
    status: 403,
    rule: 'policy.deny[0]',
  },
  {
    name: 'an action that is not allowed',
    sni: github,
    method: 'POST',
    path: issues,
    body: '{"title":"x"}',
    status: 403,
    rule: 'policy.allow',
  },
  {
    name: 'a read with content',
    sni: github,
    path: issues,
    body: '{"title":"x"}',
    status: 200,
    rule: 'policy.allow[3]',
  },
  {
    name: 'a denied read with content of another meaning',
    sni: github,
    path: '/repos/myorg/repo-a/keys',
    body: '{"event":"COMMENT"}',
    status: 403,
    rule: 'policy.deny[0]',
  },
  {
    name: 'a review whose content is read',
    sni: github,
    method: 'POST',
    path: reviews,
    body: '{"event":"COMMENT"}',
    status: 200,
    rule: 'policy.allow[2]',
  },
  {
    name: 'a review that approves',
    sni: github,
    method: 'POST',
    path: reviews,
    body: '{"event":"APPROVE"}',
    status: 403,
    rule: 'policy.allow',
  },
  {
    name: 'a review that says two things',
    sni: github,
    method: 'POST',
    path: reviews,
    body: '{"event":"COMMENT","event":"APPROVE"}',
    status: 403,
    rule: 'unresolved',
  },
  {
    name: 'what cannot be resolved',
    sni: github,
    method: 'POST',
    path: '/graphql',
    body: '[{"query":"{viewer{login}}"}]',
    status: 403,
    rule: 'unresolved',
  },
  {
    name: 'another method in a header',
    sni: github,
    path: issues,
    headers: [['x-http-method-override', 'DELETE']],
    status: 403,
    rule: 'unresolved',
  },
  {
    name: 'dot segments',
    sni: github,
    path: '/repos/myorg/repo-a/../../other/x/issues',
    status: 400,
    rule: 'malformed_request',
  },
  { name: 'encoded dot segments', path: '/v1/%2e%2E/forbidden', status: 400, rule: 'malformed_request' },
  { name: 'an empty segment', path: '//forbidden', status: 400, rule: 'malformed_request' },
  { name: 'a doubly encoded slash', path: '/v1/..%252fforbidden', status: 400, rule: 'malformed_request' },
  { name: 'a backslash', path: '/v1\\..\\forbidden', status: 400, rule: 'malformed_request' },
  { name: 'TRACE', method: 'TRACE', status: 405, rule: 'method_refused' },
  { name: 'two hosts', only: 'h1', headers: [['Host', api]], status: 400, rule: 'malformed_request' },
  {
    name: 'a misplaced placeholder',
    headers: [['x-note', 'pai-placeholder-api']],
    status: 403,
    rule: 'placeholder_misplaced',
  },
  {
    name: "the agent's placeholder",
    headers: [['Authorization', 'Bearer pai-placeholder-api']],
    status: 200,
    rule: read,
  },
  {
    name: "the agent's own credential",
    headers: [['Authorization', 'Bearer mine']],
    status: 200,
    rule: read,
  },
  {
    name: 'WebSocket',
    only: 'h1',
    headers: [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
    ],
    status: 403,
    rule: 'upgrade_refused',
  },
  {
    name: 'h2c',
    only: 'h1',
    headers: [
      ['Connection', 'Upgrade, HTTP2-Settings'],
      ['Upgrade', 'h2c'],
      ['HTTP2-Settings', 'AAMAAABk'],
    ],
    status: 403,
    rule: 'upgrade_refused',
  },
  { name: 'a long target', path: `/${'a'.repeat(17_000)}`, status: 414, rule: 'target_too_long' },
  { name: 'a header of 20 KB', headers: [['x-big', 'b'.repeat(20_000)]], status: 200, rule: read },
  {
    name: 'too many fields',
    only: 'h1',
    headers: Array.from({ length: 300 }, (_, i) => [`x-${i}`, 'v'] as const),
    status: 431,
    rule: 'headers_too_large',
  },
  {
    name: 'two framings',
    only: 'h1',
    method: 'POST',
    body: 'x',
    headers: [['Transfer-Encoding', 'chunked']],
    status: 400,
    rule: 'malformed_request',
  },
];

/** An answer without what differs from one request to the next. */
export function answerOf({ status, headers, body }: Got) {
  const kept = headers.filter(([name]) => name !== 'x-pai-request-id' && name !== 'date');
  return { status, headers: kept, body: body.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, 'ID') };
}

/** An audit line without what differs from one request to the next. */
export function lineOf({
  time: _time,
  request_id: _id,
  duration_ms: _all,
  upstream_duration_ms: _up,
  ...line
}: AuditEvent) {
  return line;
}
