import type { SourceMethod } from './discovery.ts';

/** Paths that lead to a method. */
export interface Pattern {
  /** The version in front, with what stands before it: `v1`, `compute/beta`; empty for APIs that have none. */
  readonly prefix: string;
  /** What follows, with `*` for one segment and `**` for one or more. */
  readonly segments: readonly string[];
  /** Of `:publish` at the end. */
  readonly verb?: string;
  /** As many segments name the resource; those after it are a collection in it, or what is done to it. */
  readonly named: number;
}

/**
 * The paths of a method. `{+name}` stands for several segments that the client does not spell: they are those of the
 * resources that the method belongs to, and those that its documentation writes out.
 */
export function patternsOf(method: SourceMethod): readonly Pattern[] {
  const { path, verb } = withoutVerb(method.path);
  const parts = path.split('/');
  const version = parts.slice(0, 3).findIndex((part) => /^(?:v\d[\w.]*|alpha|beta)$/.test(part));
  const prefix = parts.slice(0, version + 1).join('/');
  const rest = parts.slice(version + 1);
  const forms = expand(rest, method);
  const unique = new Map(forms.map((form) => [form.join('/'), form]));
  return [...unique.values()].map((segments) => ({
    prefix,
    segments,
    ...(verb !== undefined && { verb }),
    named: namedIn(rest, segments),
  }));
}

function withoutVerb(path: string): { path: string; verb?: string } {
  const [, own = path, verb] = /^(.*):([a-zA-Z][\w.]*)$/.exec(path) ?? [];
  return verb === undefined ? { path } : { path: own, verb };
}

/** The resource ends with the last thing that varies. */
function namedIn(rest: readonly string[], segments: readonly string[]): number {
  const last = rest.findLastIndex((part) => part.startsWith('{'));
  return segments.length - (rest.length - 1 - last);
}

function expand(rest: readonly string[], method: SourceMethod): readonly (readonly string[])[] {
  let forms: readonly (readonly string[])[] = [[]];
  rest.forEach((part, i) => {
    const [, plus, name = ''] = /^\{(\+?)([^}]+)\}/.exec(part) ?? [];
    const options = plus === '+' ? formsOf(name, rest, i, method) : [[name === '' ? part : '*']];
    forms = forms.flatMap((form) => options.map((option) => [...form, ...option]));
  });
  return forms;
}

function formsOf(
  name: string,
  rest: readonly string[],
  at: number,
  method: SourceMethod,
): readonly (readonly string[])[] {
  const before = rest.slice(0, at);
  const spelled = before.every((part, i) => part === method.chain[i]) ? at : 0;
  if (at > spelled) {
    if (name === 'parentName') return parentNames;
    return [/[Pp]ath$/.test(name) ? ['**'] : ['*']];
  }
  const tail = rest.slice(at + 1).filter((part) => !part.startsWith('{'));
  const isDocument =
    method.chain[1] === 'databases' && method.chain.at(-1) === 'documents' && tail[0] !== 'documents';
  const chain = (isDocument ? method.chain : chainBefore(method.chain, tail))
    .slice(spelled)
    .filter((one) => !/^v\d/.test(one));
  const documented = (method.forms[name] ?? []).map((form) => form.split('/')).map(withStars);
  if (rest.length === at + 1 && method.chain.join('/') !== 'policies') {
    const single = singletonOf(method, chain, documented);
    if (single !== undefined) return single;
  }
  const special = specialForms(chain, method);
  if (special !== undefined) return special;
  const own = formOf(chain);
  const fitting = documented.filter((form) => literals(form).at(-1) === literals(own).at(-1));
  return [own.length === 0 ? ['**'] : own, ...fitting];
}

/**
 * Names that have a form of their own: documents of Firestore in collections in documents, deny policies, and keys that are
 * named by one of their versions.
 */
function specialForms(
  chain: readonly string[],
  { name, path }: SourceMethod,
): readonly (readonly string[])[] | undefined {
  if (chain.join('/') === 'policies' && /^v2\w*\/\{/.test(path)) {
    const list = ['policies', '*', 'denypolicies'];
    return name === 'get' || name === 'update' || name === 'delete' ? [[...list, '*']] : [list];
  }
  if (name === 'encrypt' && chain.at(-1) === 'cryptoKeys') {
    return [formOf(chain), formOf([...chain, 'cryptoKeyVersions'])];
  }
  if (chain.join('/') !== 'projects/databases/documents') return undefined;
  const root = [...formOf(chain.slice(0, -1)), 'documents'];
  const depths = /\{\+name\}/.test(path) ? [1, 2, 3, 4, 5, 6] : [0, 1, 2, 3, 4, 5, 6];
  return depths.map((depth) => [...root, ...Array.from({ length: depth * 2 }, () => '*')]);
}

/** What `{+parentName}` stands for in Compute Engine. */
const parentNames = [1, 2, 3].map((n) =>
  ['reservations', 'reservationBlocks', 'reservationSubBlocks'].slice(0, n).flatMap((one) => [one, '*']),
);

/** Of `getSettings` on a project the name ends with `settings`; that of a list may be the collection's. */
function singletonOf(
  { name, path }: SourceMethod,
  chain: readonly string[],
  documented: readonly (readonly string[])[],
): readonly (readonly string[])[] | undefined {
  if (/:\w+$/.test(path)) return undefined;
  if (name === 'list') return [[...formOf(chain.slice(0, -1)), ...chain.slice(-1)]];
  const [, thing] = /^(?:get|update|delete|set|patch)([A-Z]\w*)$/.exec(name) ?? [];
  if (thing === undefined) return undefined;
  const odd = documented.filter((form) => form.length % 2 === 1);
  if (odd.length > 0) return odd;
  return [[...formOf(chain), `${thing.slice(0, 1).toLowerCase()}${thing.slice(1)}`]];
}

/** The resources of `{+parent}` in `{+parent}/topics`: those of the method without what the path spells itself. */
function chainBefore(chain: readonly string[], tail: readonly string[]): readonly string[] {
  for (let n = Math.min(tail.length, chain.length); n > 0; n -= 1) {
    if (chain.slice(-n).every((one, i) => one === tail[i])) return chain.slice(0, -n);
  }
  return chain;
}

function formOf(chain: readonly string[]): readonly string[] {
  const form: string[] = [];
  chain.forEach((one, i) => {
    if (one === 'global' && chain[i - 1] === 'locations') form[form.length - 1] = 'global';
    else if (singletons.has(one)) form.push(one);
    else form.push(one, slashed.has(one) && i === chain.length - 1 ? '**' : '*');
  });
  return form;
}

/** Resources of which there is one. */
const singletons = new Set([
  'agent',
  'ekmConfig',
  'encryptionSpec',
  'attributesConfig',
  'completionData',
  'retailProject',
  'generativeQuestion',
  'insightsdata',
  'dataset',
  'nlp',
  'state',
]);

/** Resources whose ids have slashes. */
const slashed = new Set([
  'metricDescriptors',
  'documents',
  'operations',
  'monitoredResourceDescriptors',
  'tagBindings',
  'files',
]);

/** In a documented form every second segment is an id, whatever the example calls it. */
function withStars(form: readonly string[]): readonly string[] {
  return form.map((part, i) => (i % 2 === 1 && part !== 'global' ? '*' : part));
}

function literals(form: readonly string[]): readonly string[] {
  return form.filter((part) => !part.startsWith('*'));
}
