import { inflateRawSync } from 'node:zlib';
import { scopeLines, sharedPathLines } from './apis.generated.ts';
import { type ApiModel, createApiModel } from './rest/model.ts';

/** APIs that are kept: as many as make a megabyte or two when an agent uses that many. */
const most = 12;

/** The one that was used longest ago first. */
const kept = new Map<string, ApiModel>();

/**
 * The methods of one API by the name of its service (`pubsub.googleapis.com`), or undefined for one that the catalogue
 * does not have. Nothing of it is in memory before the first call; the 12 APIs used last are kept.
 */
export async function loadApi(service: string): Promise<ApiModel | undefined> {
  const key = keyOf(service);
  const known = kept.get(key);
  if (known !== undefined) return keep(key, known);
  const text = await apiText(service);
  return text === undefined ? undefined : keep(key, kept.get(key) ?? createApiModel(text));
}

function keep(key: string, model: ApiModel): ApiModel {
  kept.delete(key);
  kept.set(key, model);
  for (const oldest of kept.keys()) {
    if (kept.size <= most) break;
    kept.delete(oldest);
  }
  return model;
}

/** What the catalogue says of one API, as `tools/catalogue/src/gcp/encode.ts` writes it. */
export async function apiText(service: string): Promise<string | undefined> {
  const { packedApis, sharedText } = await import('./catalogue.generated.ts');
  const key = keyOf(service);
  const packed = Object.hasOwn(packedApis, key) ? packedApis[key] : undefined;
  if (packed === undefined) return undefined;
  const dictionary = inflateRawSync(Buffer.from(sharedText, 'base64'));
  return inflateRawSync(Buffer.from(packed, 'base64'), { dictionary }).toString('latin1');
}

/** The services of all APIs that the catalogue has. */
export async function serviceNames(): Promise<readonly string[]> {
  const { packedApis } = await import('./catalogue.generated.ts');
  return Object.keys(packedApis).map((key) => `${key}.googleapis.com`);
}

/**
 * The OAuth scopes that a token for a service asks for: `cloud-platform`, or as few of the API's own as let it do
 * everything there, where that one is not taken.
 */
export function scopesOf(service: string): readonly string[] {
  const own = ownScopes.get(keyOf(service));
  return (own ?? ['~cloud-platform']).map((scope) => scope.replace(/^~/, 'https://www.googleapis.com/auth/'));
}

/** The API that a path on `www.googleapis.com`, which all of them once shared, belongs to. */
export function sharedService(path: string): string | undefined {
  const [first = ''] = path.replace(/^\/(?:(?:resumable\/)?upload\/|download\/|batch\/)?/, '').split('/');
  const key = sharedPaths.get(first);
  return key === undefined ? undefined : `${key}.googleapis.com`;
}

function keyOf(service: string): string {
  return service.replace(/\.googleapis\.com$/, '');
}

const ownScopes: ReadonlyMap<string, readonly string[]> = new Map(
  scopeLines
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([key = '', ...scopes]) => [key, scopes]),
);

const sharedPaths: ReadonlyMap<string, string> = new Map(
  sharedPathLines
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
    .map(([first = '', key = first]) => [first, key]),
);
