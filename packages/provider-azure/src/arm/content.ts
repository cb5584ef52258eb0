import { type AgentRequest, decodeUtf8, readDecoded, readJson } from '@pai/core';
import { foldAscii } from '../fold-ascii.ts';
import { isJson } from '../json-type.ts';
import { readArmPath } from './structure.ts';

/** What the content of a request names. */
export interface ArmContent {
  /** Ids of other resources, each once, as they are written there: `/subscriptions/S/resourceGroups/RG/…`. */
  readonly ids: readonly string[];
  /** `location`, where it names a region. */
  readonly regions: readonly string[];
  /** It is no JSON in UTF-8, or has an id with no one reading, or over 1,000 of them, so that what it names cannot be told. */
  readonly isOpaque: boolean;
}

/**
 * Reads the content of a request. Throws `body_too_large` over 4 MiB, which is all that Resource Manager takes (Azure Resource Manager, "Request
 * limits"), and `malformed_request` for JSON with a key twice.
 */
export async function readContent(request: Pick<AgentRequest, 'headers' | 'body'>): Promise<ArmContent> {
  if (request.body.length === 0) return nothing;
  const bytes = await readDecoded(request, mostBytes);
  if (bytes.length === 0) return nothing;
  if (!isJson(request)) return { ...nothing, isOpaque: true };
  return contentOf(readJson(decodeUtf8(bytes), { isExact: false }));
}

function contentOf(value: unknown): ArmContent {
  const ids = new Map<string, string>();
  let isOpaque = false;
  collect(value, (text) => {
    const path = pathIn(text);
    if (path === undefined) return;
    const id = readId(path);
    if (id === undefined) isOpaque = true;
    else if (!isDefinition(id)) ids.set(foldAscii(id), id);
  });
  return { ids: [...ids.values()], regions: regionsOf(value), isOpaque: isOpaque || ids.size > mostIds };
}

const nothing: ArmContent = { ids: [], regions: [], isOpaque: false };

const mostBytes = 4 * 1024 * 1024;

/** No request that is known has more: 800 resources are moved at once. */
const mostIds = 1_000;

/** Every text in a value, keys too: identities are keys (Azure Resource Manager, "identity"). */
function collect(value: unknown, take: (text: string) => void): void {
  if (typeof value === 'string') take(value);
  else if (Array.isArray(value)) for (const one of value) collect(one, take);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      take(key);
      collect(member, take);
    }
  }
}

/** Ids are also written as URLs, and without their first slash. */
function pathIn(text: string): string | undefined {
  if (!text.includes('/')) return undefined;
  const path = text.trim().replace(/^https?:\/\/(?:[a-z0-9]+\.)?management\.[a-z.]+(?::\d+)?(?=\/)/i, '');
  const isId = /^\/+(?:subscriptions|providers)\/+[^/]/i.test(path);
  return isId || /^subscriptions\/+[^/]+\/+(?:resourcegroups|providers)\//i.test(path) ? path : undefined;
}

function readId(path: string): string | undefined {
  try {
    return readArmPath(`/${path.replace(/^\/+/, '').replace(/[?#].*$/s, '')}`).id;
  } catch {
    return undefined;
  }
}

/** What a role or a policy is made of: who names it reaches nothing by it. */
function isDefinition(id: string): boolean {
  return /\/providers\/microsoft\.authorization\/(?:role|policy|policyset)definitions\/[^/]+(?:\/versions\/[^/]+)?$/i.test(
    id,
  );
}

/** Services read member names without regard to case. */
function regionsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value)
    .filter(([key, member]) => key.toLowerCase() === 'location' && member !== null && member !== '')
    .map(([, member]) => (typeof member === 'string' ? member : JSON.stringify(member)));
}
