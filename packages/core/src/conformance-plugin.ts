import assert from 'node:assert/strict';
import { Check as isValid } from 'typebox/value';
import type { Check } from './conformance-case.ts';
import type { Subject } from './conformance-subject.ts';
import { matchHost, parseHostPattern } from './host.ts';
import { findPlaceholder, placeholderFor } from './placeholder.ts';
import { defineProvider } from './provider.ts';

/** What a plugin is, before any request. */
export function pluginChecks({ options, name, create, assertNoSecret }: Subject): Check[] {
  const { plugin, spec } = options;
  return [
    {
      name: 'is a plugin of API version v1 with a valid type',
      run: () => void defineProvider(plugin),
    },
    {
      name: 'has a closed schema with a description of every field',
      run: () => assertDescribed(plugin.spec, 'spec'),
    },
    {
      name: 'accepts its spec and refuses an unknown key',
      run: () => {
        assert.ok(isValid(plugin.spec, spec), 'the spec does not satisfy the schema');
        const extended = Object.assign({}, spec, { unknownKey: true });
        assert.ok(!isValid(plugin.spec, extended), 'the schema accepts unknownKey');
      },
    },
    {
      name: 'is created without I/O and always alike',
      run: () => {
        let fetched = 0;
        create(async () => {
          fetched += 1;
          return new Response();
        });
        assert.equal(fetched, 0, 'create used fetch');
        assert.deepEqual(visible(create()), visible(create()));
      },
    },
    {
      name: 'claims hosts that can be claimed',
      run: () => {
        const { hosts } = create();
        assert.ok(hosts.length > 0, 'there is no host');
        for (const { host, port = 443 } of hosts) {
          const parsed = parseHostPattern(`${host}:${port}`);
          assert.deepEqual([parsed.host, parsed.port], [host, port], `${host} is not in its one spelling`);
          assert.equal(matchHost({ host, port }, { host: host.replace(/^\*+/, 'x'), port }) > 0, true);
        }
      },
    },
    {
      name: 'gives the agent placeholders that are recognised and hold no secret',
      run: () => {
        const { env, files = {} } = create().placeholders;
        assertNoSecret({ env, files }, 'the placeholders');
        for (const [variable, value] of Object.entries(env)) {
          assert.match(variable, /^[A-Za-z_][A-Za-z0-9_]*$/);
          for (const [, file = ''] of value.matchAll(/\{\{file:([^}]*)\}\}/g)) {
            assert.ok(Object.hasOwn(files, file), `${variable} names the file ${file}, which is not there`);
          }
        }
        const values = [...Object.values(env), ...Object.values(files)];
        if (values.length === 0) return;
        const recognised = values.some((value) => findPlaceholder(value) === placeholderFor(name));
        assert.ok(recognised, `none of them carries ${placeholderFor(name)}`);
      },
    },
  ];
}

function visible({ hosts, placeholders, credentialSlots, hasOpaquePaths }: ReturnType<Subject['create']>) {
  const { path, ...slots } = credentialSlots;
  return { hosts, placeholders, slots, hasPathSlot: path !== undefined, hasOpaquePaths };
}

interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly additionalProperties?: unknown;
  readonly unevaluatedProperties?: unknown;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode | readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly allOf?: readonly SchemaNode[];
}

function assertDescribed(schema: unknown, path: string): void {
  const node = schema as SchemaNode;
  const isClosed = node.additionalProperties === false || node.unevaluatedProperties === false;
  if (node.properties !== undefined) assert.ok(isClosed, `${path} takes unknown keys`);
  for (const [key, field] of Object.entries(node.properties ?? {})) {
    assert.ok((field.description ?? '').length > 0, `${path}.${key} has no description`);
    assertDescribed(field, `${path}.${key}`);
  }
  const { items = [], anyOf = [], oneOf = [], allOf = [] } = node;
  for (const inner of [...[items].flat(), ...anyOf, ...oneOf, ...allOf]) assertDescribed(inner, path);
}
