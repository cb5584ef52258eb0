import { toPaiError } from '@pai/core';
import { readTemplate } from '../template.ts';
import { follow, listOf, type Node, nodeOf, textOf } from './document.ts';
import { isElsewhere, type Servers } from './servers.ts';

/** The methods that a route can have, as a document writes them. */
const methods = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const;

/** One operation of a document. */
export interface Operation {
  readonly method: Uppercase<(typeof methods)[number]>;
  /** Template of its path, as routes spell it. */
  readonly path: string;
  readonly id?: string;
}

/** Every operation that a route can name; notes on the paths and the methods that none can. */
export function operationsOf(document: Node, servers: Servers, notes: string[]): readonly Operation[] {
  const others: string[] = [];
  const operations = Object.entries(nodeOf(document['paths'])).flatMap(([template, value]) => {
    if (!template.startsWith('/')) return [];
    try {
      const item = follow(document, value);
      others.push(...otherMethods(item));
      const path = pathOf(template, marksOf(document, item));
      const why = isElsewhere(item, servers) ? 'it is at another server' : misfit(servers.basePath + path);
      if (why === undefined) return operationsIn(document, item, path, servers, notes);
      notes.push(`${template} is left out: ${why}`);
    } catch (thrown) {
      notes.push(`${template} is left out: ${toPaiError(thrown, 'it cannot be read').message}`);
    }
    return [];
  });
  if (others.length > 0) {
    const names = [...new Set(others)].join(', ');
    notes.push(`${others.length} operations are left out: no route has the methods ${names}`);
  }
  return operations;
}

/** OpenAPI 3.2 has QUERY, and lets a document name any others. */
function otherMethods(item: Node): readonly string[] {
  const known = ['options', 'trace', 'query'].filter((method) => item[method] !== undefined);
  return [
    ...known.map((method) => method.toUpperCase()),
    ...Object.keys(nodeOf(item['additionalOperations'])),
  ];
}

function operationsIn(
  document: Node,
  item: Node,
  path: string,
  servers: Servers,
  notes: string[],
): readonly Operation[] {
  return methods.flatMap((method) => {
    if (item[method] === undefined) return [];
    const operation = follow(document, item[method]);
    const id = textOf(operation['operationId']);
    if (!isElsewhere(operation, servers)) {
      return [{ method: method.toUpperCase() as Operation['method'], path, ...(id !== undefined && { id }) }];
    }
    notes.push(`${method.toUpperCase()} ${path} is left out: it is at another server`);
    return [];
  });
}

function misfit(path: string): string | undefined {
  if (/[?#\s%]/.test(path)) return 'it has a query, a fragment, a space or an escape in its path';
  const parts = readTemplate(path);
  return typeof parts === 'string' ? parts : undefined;
}

/** Names become letters, digits, dashes and underscores; equal ones are told apart. */
function pathOf(template: string, marks: ReadonlyMap<string, string>): string {
  const seen = new Set<string>();
  return template.replaceAll(/\{([^{}]*)\}/g, (_, raw: string) => {
    const plain = raw.replaceAll(/[^\w-]/g, '_').replace(/^(?=[^A-Za-z_])/, '_');
    let name = plain;
    for (let i = 2; seen.has(name); i += 1) name = `${plain}_${i}`;
    seen.add(name);
    const mark = marks.get(raw) ?? '';
    return mark === '+' && !template.endsWith(`{${raw}}`) ? `{${name}}` : `{${name}${mark}}`;
  });
}

/** Parameters that are whole numbers, and those that are several segments, which a route takes at the end of its path only. */
function marksOf(document: Node, item: Node): ReadonlyMap<string, string> {
  const lists = [item, ...methods.map((method) => nodeOf(item[method]))].flatMap((node) =>
    listOf(node['parameters']),
  );
  const parameters = lists.map((parameter) => follow(document, parameter));
  const marks = parameters.flatMap((parameter): [string, string][] => {
    const name = textOf(parameter['name']);
    if (name === undefined || parameter['in'] !== 'path') return [];
    if (parameter['x-multi-segment'] === true) return [[name, '+']];
    const { type } = { ...parameter, ...follow(document, parameter['schema']) } as Node;
    return [[name, type === 'integer' ? ':int' : '']];
  });
  // One that is a number in one operation only is none.
  return new Map(marks.sort(([, one], [, other]) => other.length - one.length));
}
