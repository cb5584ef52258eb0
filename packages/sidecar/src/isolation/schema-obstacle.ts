import { canonicalJson } from '@pai/core';
import { providerSpec, type SpecParts } from '@pai/policy';
import type { TSchema } from 'typebox';

/** The keywords that decide what a schema lets in. */
interface Node {
  readonly type?: unknown;
  readonly description?: unknown;
  readonly default?: unknown;
  readonly pattern?: unknown;
  readonly additionalProperties?: unknown;
  readonly unevaluatedProperties?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly items?: Node | readonly Node[];
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly allOf?: readonly Node[];
}

const ownParts = ['auth', 'config', 'scope', 'mcp'] as const;

/**
 * Why a third party's schema cannot be one of a Provider's `spec`, or undefined. What all types share has to be what
 * `providerSpec` of `@pai/policy` makes: a type that could change the shape of a policy, or fill in the name of a Secret,
 * could take what the user has not given it.
 */
export function schemaObstacle(type: string, schema: unknown): string | undefined {
  const { properties = {}, required = [] } = schema as Node;
  const parts: SpecParts = {
    type,
    ...Object.fromEntries(
      ownParts.flatMap((part) =>
        Object.hasOwn(properties, part) ? [[part, properties[part] as TSchema]] : [],
      ),
    ),
    host: required.includes('host') ? 'required' : 'optional',
  };
  if (canonicalJson(providerSpec(parts)) !== canonicalJson(schema)) {
    return 'its spec is not what providerSpec of @pai/policy makes; make it with that';
  }
  const fault = faultOf(schema as Node, 'spec');
  if (fault !== undefined) return fault;
  return properties['auth'] === undefined ? undefined : authFault(properties['auth']);
}

function faultOf(node: Node, path: string): string | undefined {
  const { properties, patternProperties = {}, additionalProperties, unevaluatedProperties, pattern } = node;
  if (properties !== undefined && additionalProperties !== false && unevaluatedProperties !== false) {
    return `${path} takes unknown keys; close it with additionalProperties: false`;
  }
  if (pattern !== undefined && (typeof pattern !== 'string' || !isQuick(pattern))) {
    return `${path} has a pattern that can take for ever; leave out repeated groups with repetitions in them`;
  }
  for (const key of Object.keys(patternProperties)) {
    if (!isQuick(key)) return `${path} has a pattern for keys that can take for ever; write a plain one`;
  }
  for (const [key, field] of Object.entries(properties ?? {})) {
    const { description } = field;
    if (typeof description !== 'string' || description === '') return `${path}.${key} has no description`;
    const fault = faultOf(field, `${path}.${key}`);
    if (fault !== undefined) return fault;
  }
  for (const inner of partsOf(node)) {
    const fault = faultOf(inner, path);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function partsOf({ items = [], anyOf = [], oneOf = [], allOf = [], patternProperties = {} }: Node): Node[] {
  return [...[items].flat(), ...anyOf, ...oneOf, ...allOf, ...Object.values(patternProperties)];
}

/** Only the user says which Secret. */
function authFault(node: Node): string | undefined {
  const named = 'spec.auth has a default for which Secret is read; leave that to the user';
  if (typeof node.default === 'object' && node.default !== null) return named;
  if (node.properties?.['secretRef']?.default !== undefined) return named;
  const inner = [...Object.values(node.properties ?? {}), ...partsOf(node)];
  return inner.map(authFault).find((fault) => fault !== undefined);
}

const longestPattern = 500;

/** Whether an expression is surely matched in a time that does not explode: no repeated group repeats, or chooses, inside. */
function isQuick(pattern: string): boolean {
  if (pattern.length > longestPattern) return false;
  try {
    new RegExp(pattern, 'u');
  } catch {
    return false;
  }
  const plain = pattern.replace(/\\[\s\S]/g, (escaped) => (/\\[1-9k]/.test(escaped) ? '\0' : '_'));
  if (plain.includes('\0') || plain.includes('(?<=') || plain.includes('(?<!')) return false;
  let text = plain.replace(/\[[^\]]*\]/g, '_');
  // From the innermost group outwards, each group in its place by what it does.
  for (let shorter = text; ; text = shorter) {
    const [whole, content = '', quantifier = ''] = innermost.exec(text) ?? [];
    if (whole === undefined) return !/[()]/.test(text);
    const isRepeating = /[*+|]|\{\d+,/.test(content);
    if (isRepeating && /^(?:[*+]|\{\d+,\}|\{(?:\d+,)?\d{2,}\})/.test(quantifier)) return false;
    shorter = text.replace(innermost, isRepeating ? '_+' : '_');
  }
}

const innermost = /\((?:\?(?::|=|!|<[^>]*>))?([^()]*)\)([*+?]|\{[\d,]*\})?\??/;
