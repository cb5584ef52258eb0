import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { examplesOf } from '../../../test/doc-examples.ts';
import { placeOf } from '../src/containers.ts';
import { nameMutation } from '../src/graphql/mutations.ts';
import { resourcesOf } from '../src/graphql/resources.ts';
import { mutationNames, typeNames } from '../src/graphql/schema.ts';
import { nameOperation } from '../src/name.ts';
import { patternsOf } from '../src/patterns.ts';
import { methodLetters, readTable } from '../src/routes.ts';
import { type Method, verbs } from '../src/verbs.ts';
import { resolveQuery, shown } from './graphql-request.ts';
import { resolve } from './request.ts';

const text = readFileSync(join(import.meta.dirname, '../../../docs/github.md'), 'utf8');

const rowsOf = (title: string) => examplesOf(text, title);

describe('docs/github.md', () => {
  test.each(rowsOf('names'))('says rightly that %s is %s on %s', async (request, name, resource) => {
    const [method = '', path = ''] = request?.split(' ') ?? [];
    const named = { any: { name, reach: 'any' }, none: { name } }[resource ?? ''];
    expect(await resolve(method, path)).toEqual({ actions: [named ?? { name, resource }] });
  });

  test.each(rowsOf('graphql'))('says rightly that %s is %s', async (query = '', actions = '') => {
    const named = actions.split(', ').map((action) => action.replace(' on ', ' '));
    const found = shown(await resolveQuery(query));
    expect(typeof found === 'string' ? found : found.map((action) => action.replace(/ -$/, ''))).toEqual(
      named,
    );
  });

  test.each(rowsOf('patterns'))('says rightly that %s stands for %s', (pattern = '', meaning = '') => {
    const [, resource] = /^every verb of (.*) but read$/.exec(meaning) ?? [];
    const writes = verbs.filter((verb) => verb !== 'read').map((verb) => `${resource}:${verb}`);
    expect(patternsOf(pattern)).toEqual(resource === undefined ? [meaning] : writes);
  });

  test('lists every resource and verb', () => {
    // What no path says alone.
    const found = new Map([
      ['contents', new Set(['push'])],
      ['gists', new Set(['push'])],
      ['packages', new Set(['create'])],
      ['pulls', new Set(['approve', 'lock'])],
      ['wiki', new Set(['delete', 'push', 'read'])],
    ]);
    for (const { template, dotcom, enterprise } of readTable()) {
      const { container, rest } = placeOf(template.split('/').filter(Boolean));
      for (const letter of dotcom + enterprise) {
        const name = nameOperation(container, rest, methodLetters[letter] as Method) ?? '';
        const [, resource = '', verb = ''] = /^(.*):(.*)$/.exec(name) ?? [];
        found.set(resource, (found.get(resource) ?? new Set()).add(verb));
      }
    }
    const add = (name: string) => {
      const [, resource = '', verb = ''] = /^(.*):(.*)$/.exec(name) ?? [];
      if (resource !== 'admin:graphql') found.set(resource, (found.get(resource) ?? new Set()).add(verb));
    };
    for (const mutation of mutationNames()) {
      const named = nameMutation(mutation);
      const subjects = 'name' in named ? [] : ['discussions', 'issues', 'pulls', 'releases'];
      if ('name' in named) add(named.name);
      else for (const resource of subjects) add(`${resource}:${named.verb}`);
    }
    for (const type of typeNames()) for (const resource of resourcesOf(type, [])) add(`${resource}:read`);
    const expected = [...found].map(([resource, names]) => `${resource}: ${[...names].sort().join(' ')}`);
    expect(rowsOf('vocabulary').map(([resource, names]) => `${resource}: ${names}`)).toEqual(
      expect.arrayContaining(expected),
    );
    expect(rowsOf('vocabulary')).toHaveLength(expected.length);
  });
});
