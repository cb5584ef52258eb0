import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { compiledPath } from '../src/compiled-file.ts';
import { findHome, resourcePath } from '../src/home.ts';
import { loadState } from '../src/load-state.ts';
import { withLock } from '../src/lock.ts';
import { readResources } from '../src/resources.ts';
import { createSecretStore } from '../src/secrets.ts';
import { applyResources, deleteResource } from '../src/state.ts';
import { demoPlugins, demoProvider } from './demo-plugin.ts';
import { runChild } from './run-child.ts';
import { failureOf, temporaryHome } from './temporary-home.ts';

const id = (name: string) => ({ kind: 'Provider', namespace: 'default', name }) as const;

async function apply(home: string, ...texts: string[]) {
  const files = texts.map((text, i) => ({ file: `${i}.yaml`, text }));
  const applied = await applyResources(home, await readResources(files, { plugins: demoPlugins }));
  return applied.map(({ resource, change }) => `${resource.name} ${change}`);
}

/** Every file below a directory with its content. */
async function snapshot(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (path) => [path, await readFile(path, 'utf8')])),
  );
}

function agent(name: string, content: string): string {
  const spec = { configFiles: [{ path: '/x', content }] };
  return JSON.stringify({ apiVersion: 'pai.io/v1', kind: 'Agent', metadata: { name }, spec });
}

describe('applying', () => {
  test('stores what the user wrote, and says what changed', async () => {
    const home = await temporaryHome();
    const text = `# why\n${demoProvider('a')}`;
    expect(await apply(home, `${text}---\n${demoProvider('b')}`)).toEqual(['a created', 'b created']);
    expect(await apply(home, text, demoProvider('b', '  audit: {logRequests: false}'))).toEqual([
      'a unchanged',
      'b configured',
    ]);
    expect(await readFile(resourcePath(home, id('a')), 'utf8')).toBe(text);
    const { providers, problems } = await loadState(home, demoPlugins);
    expect(problems).toEqual([]);
    expect(providers.map(({ name, spec }) => [name, spec.audit?.logRequests])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });

  test('makes files and directories that only their owner can open', async () => {
    const home = await temporaryHome();
    await apply(home, demoProvider('a'));
    const path = resourcePath(home, id('a'));
    const modes = await Promise.all(
      [path, dirname(path), home].map(async (at) => (await stat(at)).mode & 0o777),
    );
    expect(modes).toEqual([0o600, 0o700, 0o700]);
  });

  test('changes nothing when the disk takes no more, and says so', async () => {
    const home = await temporaryHome();
    await apply(home, demoProvider('a'));
    const before = await snapshot(home);
    const work = { apply: [`${demoProvider('a', '  audit: {}')}---\n${agent('big', 'x'.repeat(100_000))}`] };
    // A limit on the size of files is the one way to a write that fails half-way, for everyone and everywhere.
    const outcome = await runChild(home, work, { shell: 'ulimit -f 16;' });
    const path = resourcePath(home, { ...id('big'), kind: 'Agent' });
    expect(outcome).toBe(
      `state_unwritable: ${path} could not be written: the file is larger than this process may write; nothing was changed: raise the limit (ulimit -f) and run the command again`,
    );
    expect(await snapshot(home)).toEqual(before);
    expect(await runChild(home, work)).toBe('done');
  });

  test('puts back what it had replaced when a later file cannot be', async () => {
    const home = await temporaryHome();
    await apply(home, demoProvider('a'));
    await mkdir(resourcePath(home, id('c')), { recursive: true });
    const before = await snapshot(home);
    const three = [demoProvider('a', '  audit: {}'), demoProvider('b'), demoProvider('c')];
    const failure = await failureOf(apply(home, ...three));
    expect(failure.code).toBe('state_unwritable');
    expect(failure.message).toContain(
      `${resourcePath(home, id('c'))} could not be written: a directory stands`,
    );
    expect(await snapshot(home)).toEqual(before);
  });

  test('says that a file stands where the home should be', async () => {
    const home = await temporaryHome();
    await writeFile(home, '');
    const failure = await failureOf(apply(home, demoProvider('a')));
    expect(failure).toMatchObject({ code: 'state_unwritable' });
    expect(failure.message).toContain('remove that file and run the command again');
  });

  test.skipIf(process.getuid?.() === 0)('says that the home cannot be written', async () => {
    const home = await temporaryHome();
    await mkdir(home, { mode: 0o500 });
    const failure = await failureOf(apply(home, demoProvider('a')));
    expect(failure).toMatchObject({ code: 'state_unwritable' });
    await chmod(home, 0o700);
  });

  test('loses and mixes nothing when several processes apply at once', async () => {
    const home = await temporaryHome();
    const names = ['a', 'b', 'c'];
    const set = (variant: string) =>
      names.map((name) => demoProvider(name, `  config: {services: [${variant}]}`)).join('---\n');
    const writers = ['one', 'two', 'three'].map((variant, i) => {
      const own = demoProvider(`own-${variant}`);
      const put = [0, 1, 2, 3, 4].map((key) => ['shared', `k${i}-${key}`] as const);
      return runChild(home, { apply: [...Array(8).fill(set(variant)), own], put });
    });
    let isWriting = true;
    const written = Promise.all(writers).finally(() => {
      isWriting = false;
    });
    while (isWriting) expect((await loadState(home, demoPlugins)).problems).toEqual([]);
    expect(await written).toEqual(['done', 'done', 'done']);

    const { providers, problems } = await loadState(home, demoPlugins);
    expect(problems).toEqual([]);
    expect(providers.map(({ name }) => name)).toEqual([...names, 'own-one', 'own-three', 'own-two']);
    const variants = providers.slice(0, 3).map(({ spec }) => spec.config?.services?.[0]);
    expect(new Set(variants).size).toBe(1);
    const secret = await readFile(resourcePath(home, { ...id('shared'), kind: 'Secret' }), 'utf8');
    expect(secret.match(/k\d-\d: v1:/g)).toHaveLength(15);
    const leftovers = (await readdir(home, { recursive: true })).filter((name) => /(^|\/)\./.test(name));
    expect(leftovers).toEqual([]);
  });

  test('takes over the lock of a process that has died, and clears up after it', async () => {
    const home = await temporaryHome();
    await apply(home, demoProvider('a'));
    const dead = Number(await runDead());
    await writeFile(join(home, '.lock'), `${dead} ${hostname()}\n`);
    const half = join(dirname(resourcePath(home, id('a'))), '.a.yaml.0123456789ab.new');
    await writeFile(half, 'half');
    expect(await apply(home, demoProvider('a', '  audit: {}'))).toEqual(['a configured']);
    await expect(stat(half)).rejects.toThrow('ENOENT');
  });

  test('deletes with a Secret what a process that was killed has left of it', async () => {
    const home = await temporaryHome();
    const place = { ...id('a'), kind: 'Secret' } as const;
    await createSecretStore(home).put('default', 'a', { token: 'canary-token' });
    const files = [resourcePath(home, place), compiledPath(home, resourcePath(home, place))];
    for (const file of files) {
      for (const kind of ['new', 'old']) {
        await copyFile(file, join(dirname(file), `.${basename(file)}.0123456789ab.${kind}`));
      }
    }
    await deleteResource(home, place);
    for (const file of files) expect(await readdir(dirname(file))).toEqual([]);
  });

  describe('of another container', () => {
    const other = `${process.pid} ${hostname()} pid:[1]\n`;
    const elsewhere = '7 another-host pid:[1]\n';

    test.each([
      ['leaves the lock while it is touched', other, 0, 'is held by process'],
      ['takes over the lock when it was not for a while', other, 9_000, 'done'],
      ['leaves that of another host for longer', elsewhere, 50_000, 'is held by process 7 on another-host'],
      ['takes that over too when it was not touched for a minute', elsewhere, 70_000, 'done'],
      ['leaves that of a version which touched none', '7 another-host\n', 70_000, 'is held by process 7'],
    ])('%s', async (_what, owner, age, expected) => {
      const home = await temporaryHome();
      await mkdir(home, { recursive: true });
      await writeFile(join(home, '.lock'), owner);
      const then = new Date(Date.now() - age);
      await utimes(join(home, '.lock'), then, then);
      const outcome = withLock(home, async () => 'done', { patience: 100 });
      expect(await outcome.catch(({ message }: Error) => message)).toContain(expected);
      expect(await readdir(home)).toEqual(expected === 'done' ? [] : ['.lock']);
    });

    test('does not take away the lock that it was taken over by', async () => {
      const home = await temporaryHome();
      await withLock(home, () => writeFile(join(home, '.lock'), other));
      expect(await readFile(join(home, '.lock'), 'utf8')).toBe(other);
    });

    test('touches its own', async () => {
      const home = await temporaryHome();
      const path = join(home, '.lock');
      await withLock(home, async () => {
        await utimes(path, 1, 1);
        await vi.waitFor(async () => expect((await stat(path)).mtimeMs).toBeGreaterThan(1e12));
      });
      await expect(stat(path)).rejects.toThrow('ENOENT');
    });
  });

  test('takes over a lock that nobody could sign', async () => {
    const home = await temporaryHome();
    await apply(home, demoProvider('a'));
    await writeFile(join(home, '.lock'), '');
    await utimes(join(home, '.lock'), 1, 1);
    expect(await apply(home, demoProvider('b'))).toEqual(['b created']);
  });

  test('takes over a lock that another died in taking over', async () => {
    const home = await temporaryHome();
    await apply(home, demoProvider('a'));
    for (const name of ['.lock', '.lock.break']) {
      await writeFile(join(home, name), `${await runDead()} ${hostname()}\n`);
      await utimes(join(home, name), 1, 1);
    }
    expect(await apply(home, demoProvider('b'))).toEqual(['b created']);
    expect((await readdir(home)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('leaves no lock behind when it could not sign it', async () => {
    const home = await temporaryHome();
    await apply(home, demoProvider('a'));
    const outcome = await runChild(home, { apply: [demoProvider('b')] }, { shell: 'ulimit -f 0;' });
    expect(outcome).toContain('state_unwritable: ');
    expect(await readdir(home)).toEqual(['providers']);
  });

  test('names who holds the lock when the wait is too long', async () => {
    const home = await temporaryHome();
    await withLock(home, async () => {
      const failure = await failureOf(withLock(home, async () => 1, { patience: 50 }));
      expect(failure.code).toBe('state_unwritable');
      expect(failure.message).toContain(`.lock is held by process ${process.pid} on ${hostname()}`);
    });
    expect(await withLock(home, async () => 2)).toBe(2);
  });
});

describe('reading state', () => {
  test.each([
    ['cut off', (text: string) => text.slice(0, 60), ':4: not valid YAML'],
    ['emptied', () => '', ':1: the file holds 0 resources; leave one'],
    ['overwritten with bytes', () => '\0\x01\x02', ':1: '],
    [
      'edited wrongly',
      (text: string) => text.replace('policy:', 'polcy:'),
      ':8: spec.polcy is not a known key',
    ],
    ['renamed inside', (text: string) => text.replace('name: b', 'name: x'), ':3: name is x, but the place'],
    [
      'doubled',
      (text: string) => `${text}---\n${demoProvider('c')}`,
      ':1: the file holds 2 resources; leave one',
    ],
  ])('reads the others when one file was %s', async (_title, corrupt, message) => {
    const home = await temporaryHome();
    await apply(home, demoProvider('a'), demoProvider('b'));
    const path = resourcePath(home, id('b'));
    await writeFile(path, corrupt(await readFile(path, 'utf8')));
    const { providers, problems } = await loadState(home, demoPlugins);
    expect(providers.map(({ name }) => name)).toEqual(['a']);
    expect(problems).toMatchObject([{ name: 'b', error: { code: 'state_corrupt' } }]);
    expect(problems[0]?.error.message).toContain(path + message);
    expect(problems[0]?.error.message).toContain('or: pai delete provider b');
  });

  test('names the namespace of a broken file in the command that deletes it', async () => {
    const home = await temporaryHome();
    const provider = resourcePath(home, { kind: 'Provider', namespace: 'team', name: 'b' });
    const secret = resourcePath(home, { kind: 'Secret', namespace: 'team', name: 's' });
    for (const path of [provider, secret]) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, ': broken');
    }
    const { problems } = await loadState(home, demoPlugins);
    expect(problems[0]?.error.message).toMatch(/or: pai delete provider b --namespace team$/);
    const failure = await failureOf(createSecretStore(home).reader('team', 's'));
    expect(failure.message).toMatch(/or run: pai delete secret s --namespace team, and add it again$/);
  });

  test('finds nothing in a home that does not exist', async () => {
    const home = await temporaryHome();
    expect(await loadState(home, demoPlugins)).toEqual({
      home,
      providers: [],
      agents: [],
      types: [],
      accessKeys: [],
      problems: [],
    });
  });

  test('follows symlinks and passes over hidden names, as in a mounted ConfigMap', async () => {
    const home = await temporaryHome();
    const directory = dirname(resourcePath(home, id('a')));
    await mkdir(join(directory, '..2026'), { recursive: true });
    await writeFile(join(directory, '..2026', 'a.yaml'), demoProvider('a'));
    await symlink('..2026', join(directory, '..data'));
    await symlink('..data/a.yaml', join(directory, 'a.yaml'));
    const { providers, problems } = await loadState(home, demoPlugins);
    expect(problems).toEqual([]);
    expect(providers.map(({ name }) => name)).toEqual(['a']);
  });
});

describe('deleting', () => {
  test('removes one resource', async () => {
    const home = await temporaryHome();
    await apply(home, demoProvider('a'), demoProvider('b'));
    await deleteResource(home, id('a'));
    expect((await loadState(home, demoPlugins)).providers.map(({ name }) => name)).toEqual(['b']);
  });

  test('removes it once when several ask at once', async () => {
    const home = await temporaryHome();
    await apply(home, demoProvider('a'));
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => deleteResource(home, id('a'))));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const reasons = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason.code] : [],
    );
    expect(reasons).toEqual(['resource_missing', 'resource_missing']);
  });

  test.each([
    ['github-writer', 'default', 'did you mean github-write'],
    ['zebra', 'default', 'there are a, github-write'],
    ['a', 'other', 'use --namespace default'],
    ['zebra', 'other', 'there is no provider here'],
  ])('says what there is instead of %s in %s', async (name, namespace, remedy) => {
    const home = await temporaryHome();
    await apply(home, demoProvider('a'), demoProvider('github-write'));
    expect(await failureOf(deleteResource(home, { kind: 'Provider', namespace, name }))).toMatchObject({
      code: 'resource_missing',
      message: `provider ${name} does not exist in namespace ${namespace}; ${remedy}`,
    });
  });

  test.each(['../x', 'a/b', '.', '..', 'A', '', 'a\0b', 'x'.repeat(64)])(
    'takes no name that leads elsewhere: %j',
    async (name) => {
      const home = await temporaryHome();
      expect(await failureOf(deleteResource(home, id(name)))).toMatchObject({ code: 'config_invalid' });
    },
  );
});

test.each([
  ['/chosen', { PAI_HOME: '/env' }, 'linux', '/chosen'],
  [undefined, { PAI_HOME: '/env' }, 'linux', '/env'],
  [undefined, { XDG_CONFIG_HOME: '/xdg' }, 'linux', '/xdg/pai'],
  [undefined, { XDG_CONFIG_HOME: 'relative', PAI_HOME: '' }, 'linux', /^\/.*\/\.config\/pai$/],
  [undefined, {}, 'darwin', /Library\/Application Support\/pai$/],
  [undefined, { APPDATA: '/appdata' }, 'win32', '/appdata/pai'],
] as const)('finds the home of %j in %j on %s', (chosen, env, platform, expected) => {
  const home = findHome(chosen, env, platform);
  if (typeof expected === 'string') expect(home).toBe(expected);
  else expect(home).toMatch(expected);
});

test.each(['', 'relative'])('has no home below the current directory when HOME is %j', (own) => {
  vi.stubEnv('HOME', own);
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(() => findHome(undefined, {}, 'linux')).toThrow('this user has no home directory; name one for Pai');
});

/** The id of a process that has ended. */
async function runDead(): Promise<string> {
  const { execFileSync } = await import('node:child_process');
  return execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();
}
