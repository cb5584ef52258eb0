import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { loadApi } from '../../src/catalogue.ts';
import { loadHost, type RpcModel, type RpcNeed } from '../../src/grpc/catalogue.ts';
import type { Method } from '../../src/rest/model.ts';

/** The paths that Google's own protos give every rpc: `host service/rpc METHOD path`. Made by `tools/catalogue`. */
const { packed } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../vectors/grpc-bindings.json'), 'utf8'),
) as { packed: string };
const bindings = inflateRawSync(Buffer.from(packed, 'base64')).toString().split('\n');

interface Path {
  readonly text: string;
  readonly methods: readonly Method[];
}

/** Every rpc that REST has a path for, with those paths. */
async function rpcPaths(): Promise<ReadonlyMap<string, readonly Path[]>> {
  const paths = new Map<string, readonly Path[]>();
  for (const line of bindings) {
    const [host = '', rpc = '', httpMethod = '', text = ''] = line.split(' ');
    const methods = await restMethods(host, httpMethod, text);
    const key = `${host} ${rpc}`;
    if (methods.length > 0) paths.set(key, [...(paths.get(key) ?? []), { text, methods }]);
  }
  return paths;
}

test('an operation has one name, whether REST or gRPC is spoken', async () => {
  const wrong: string[] = [];
  const found = await rpcPaths();
  for (const [key, paths] of found) {
    const [host = '', service = '', name = ''] = key.split(/[ /]/);
    const model = (await loadHost(host))?.service(service)?.rpc(name);
    if (model === undefined) throw new Error(`${key} is in no table`);
    wrong.push(...differences(model, paths).map((difference) => `${key}: ${difference}`));
  }
  expect(wrong).toEqual([]);
  expect(found.size).toBeGreaterThan(6_000);
}, 30_000);

async function restMethods(host: string, httpMethod: string, path: string): Promise<readonly Method[]> {
  const api = await loadApi(host);
  const [, plain = path, verb] = /^(.*):(\w+)$/.exec(path) ?? [];
  const split = api?.split(plain);
  return api === undefined || split === undefined ? [] : api.find(split, httpMethod, verb);
}

/**
 * An rpc needs all that REST needs at each of its paths, and nothing that REST needs at none of them. REST may need more
 * where a path stands for two methods, or where only the rpc's content is read.
 */
function differences({ needs, isRead }: RpcModel, paths: readonly Path[]): readonly string[] {
  const everywhere = new Set(paths.flatMap(({ methods }) => restNames(methods)));
  return paths.flatMap(({ text, methods }) => {
    const collection = text.split('/').at(-2) ?? '';
    const needed = namesOf(
      needs.filter(({ isOptional }) => !isOptional),
      collection,
    );
    const all = namesOf(needs, collection);
    const missing = restNames(methods).filter((one) => !all.includes(one));
    const mayBeMore = methods.length > 1 || isRead;
    return [
      ...needed.filter((one) => !everywhere.has(one)).map((one) => `REST does not need ${one} at ${text}`),
      ...(mayBeMore ? [] : missing.map((one) => `only REST needs ${one} at ${text}`)),
    ];
  });
}

function restNames(methods: readonly Method[]): readonly string[] {
  return methods.flatMap(({ permissions }) => permissions);
}

/** `$` stands for the collection of what is named: `topics` at `/v1/projects/x/topics/x:getIamPolicy`. */
function namesOf(needs: readonly RpcNeed[], collection: string): readonly string[] {
  return needs.flatMap(({ permissions }) => permissions).map((one) => one.replace('$', collection));
}
