import type { Action, Resolution } from '@pai/core';
import { expect, test } from 'vitest';
import { createProjectCheck, type ProjectCheckOptions } from '../src/project-check.ts';

const bucket = (name: string) => `//storage.googleapis.com/projects/_/buckets/${name}`;

/** A check against a service that has these buckets in the project `mine`. */
function start(buckets: readonly string[], options: Partial<ProjectCheckOptions> = {}) {
  const asked: URL[] = [];
  const time = { now: 0 };
  const ask = async (text: string) => {
    const url = new URL(text);
    asked.push(url);
    const prefix = url.searchParams.get('prefix') ?? '';
    const isMine = url.searchParams.get('project') === 'mine';
    const items = buckets.filter((name) => isMine && name.startsWith(prefix)).toSorted();
    return Response.json({ items: items.slice(0, 1).map((name) => ({ name })) });
  };
  const check = createProjectCheck({
    project: 'mine',
    patterns: undefined,
    ask,
    now: () => time.now,
    ...options,
  });
  const judge = async (...actions: [Action, ...Action[]]) => {
    const located: Resolution = await check.locate({ actions });
    return 'actions' in located
      ? located.actions.map((action) => check.check(action)?.reason ?? 'inside')
      : [];
  };
  return { asked, time, judge };
}

test.each([
  ['//pubsub.googleapis.com/projects/mine/topics/t', 'inside'],
  ['//cloudresourcemanager.googleapis.com/projects/mine', 'inside'],
  ['//pubsub.googleapis.com/projects/yours/topics/t', 'is in the project "yours"'],
  ['//pubsub.googleapis.com/projects/-/topics/t', 'is in the project "-"'],
  ['//pubsub.googleapis.com/projects/_/topics/t', 'is in the project "_"'],
  ['//pubsub.googleapis.com/projects/mine2/topics/t', 'is in the project "mine2"'],
  ['//pubsub.googleapis.com/projects/123/topics/t', 'has to be named by its id'],
  ['//cloudresourcemanager.googleapis.com/organizations/1', 'is in no project'],
  ['//billing.googleapis.com/billingAccounts/projects/mine', 'is in no project'],
])('finds %s %s', async (resource, told) => {
  const [reason] = await start([]).judge({ name: 'x.y.z', resource });
  expect(reason).toContain(told);
});

test('asks which project a bucket is in, once for all that ask and for a minute', async () => {
  const { asked, time, judge } = start(['logs', 'logs-old']);
  const action = { name: 'storage.objects.get', resource: `${bucket('logs')}/objects/k` };
  await Promise.all(Array.from({ length: 20 }, async () => expect(await judge(action)).toEqual(['inside'])));
  expect(asked.map(String)).toEqual([
    'https://storage.googleapis.com/storage/v1/b?project=mine&prefix=logs&fields=items%28name%29&maxResults=1',
  ]);
  time.now = 60_000;
  expect(await judge(action)).toEqual(['inside']);
  expect(asked).toHaveLength(2);
});

test('leaves out a bucket of another project, and one whose name only begins the same', async () => {
  const { judge } = start(['logs-old']);
  for (const name of ['logs', 'other']) {
    const [reason] = await judge({ name: 'storage.buckets.get', resource: bucket(name) });
    expect(reason).toContain(
      `the bucket ${name} is not known to be in the project: the project has none of that name`,
    );
  }
});

test('repeats what content calls a bucket in printable form only', async () => {
  const [reason] = await start([]).judge({ name: 'compute.disks.create', resource: bucket('a\u202e\nb') });
  expect(reason).toMatch(/^[\x20-\x7e]+$/);
});

test('asks again for a bucket that was not there', async () => {
  const buckets: string[] = [];
  const { judge } = start(buckets);
  const action = { name: 'storage.buckets.get', resource: bucket('made') };
  expect(await judge(action)).not.toEqual(['inside']);
  buckets.push('made');
  expect(await judge(action)).toEqual(['inside']);
});

test.each([
  ['is forbidden', async () => new Response('', { status: 403 }), 'the service answered 403'],
  ['answers with something else', async () => new Response('x'), 'it could not be looked up'],
  ['cannot be reached', () => Promise.reject(new Error('secret detail')), 'it could not be looked up'],
])('stays outside when the look-up %s', async (_, ask, told) => {
  const [reason] = await start([], { ask }).judge({ name: 'storage.buckets.get', resource: bucket('logs') });
  expect(reason).toContain(told);
  expect(reason).not.toContain('secret');
});

test('takes a bucket that scope.resources names for the project without asking', async () => {
  const patterns = ['projects/_/buckets/logs/objects/*', 'projects/_/buckets/other-*'];
  const { asked, judge } = start([], { patterns });
  expect(await judge({ name: 'storage.buckets.get', resource: bucket('logs') })).toEqual(['inside']);
  expect(asked).toEqual([]);
  expect(await judge({ name: 'storage.buckets.get', resource: bucket('other-1') })).not.toEqual(['inside']);
});

test('cannot look up where nothing is sent', async () => {
  const [reason] = await start([], { ask: undefined }).judge({
    name: 'storage.buckets.get',
    resource: bucket('logs'),
  });
  expect(reason).toContain('it cannot be looked up here');
});

test('knows the project of a bucket that is made', async () => {
  const { asked, judge } = start([]);
  const made = { name: 'storage.buckets.create', resource: bucket('made') };
  expect(await judge({ ...made, project: 'mine' } as Action)).toEqual(['inside']);
  expect(await judge({ ...made, project: 'yours' } as Action)).toEqual([
    'the bucket made is in "yours", and config.project is mine',
  ]);
  expect(asked).toEqual([]);
});

test('asks for no more buckets than a request may well have', async () => {
  const names = Array.from({ length: 25 }, (_, i) => `b-${i}`);
  const { asked, judge } = start(names);
  const [first, ...others] = names.map((name) => ({ name: 'storage.buckets.get', resource: bucket(name) }));
  const reasons = await judge(first as Action, ...others);
  expect(reasons.filter((reason) => reason === 'inside')).toHaveLength(20);
  expect(reasons.at(-1)).toContain('too many were named at once');
  expect(asked).toHaveLength(20);
});

test('leaves out what can reach anything, and lets through what is on nothing', async () => {
  const { judge } = start([]);
  expect(await judge({ name: 'x.y.z' })).toEqual(['inside']);
  expect(await judge({ name: 'x.y.z', reach: 'any' })).not.toEqual(['inside']);
});
