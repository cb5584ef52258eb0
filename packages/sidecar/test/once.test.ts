import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createOnce } from '../src/once.ts';

test('one load serves all who ask, and nothing is begun before', async () => {
  let loads = 0;
  const { get, begun } = createOnce(async () => {
    loads += 1;
    return loads;
  });
  expect(await begun()).toBeUndefined();
  expect(await Promise.all([get(), get()])).toEqual([1, 1]);
  expect(await begun()).toBe(1);
});

test('a load that failed is tried again, and is nothing that has begun', async () => {
  const outcomes = [Promise.reject(new Error('EMFILE')), Promise.resolve('here')];
  const { get, begun } = createOnce(() => outcomes.shift() as Promise<string>);
  const failing = get();
  expect(await begun()).toBeUndefined();
  await expect(failing).rejects.toThrow('EMFILE');
  expect(await get()).toBe('here');
});

test.runIf(process.platform !== 'win32')(
  'what is first needed while too many files are open is there once they are closed',
  async () => {
    const script = fileURLToPath(new URL('./starved-in-child.ts', import.meta.url));
    const args = ['-c', 'ulimit -n 256; exec "$@"', 'sh', process.execPath, script];
    const { stdout } = await promisify(execFile)('sh', args, { env: { ...process.env, NODE_OPTIONS: '' } });
    expect(JSON.parse(stdout)).toEqual({
      starved: 'nothing',
      later: 'settings',
      refusals: ['HTTP/2 cannot be served now (EMFILE); connect again'],
    });
  },
);
