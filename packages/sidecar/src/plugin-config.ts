import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PaiError } from '@pai/core';
import { type Static, Type } from 'typebox';
import { apiVersion } from './config.ts';
import { type Problem, problemsError } from './problems.ts';
import { findFaults } from './validate.ts';

const closed = { additionalProperties: false } as const;

const entrySchema = Type.Object(
  {
    package: Type.String({
      minLength: 1,
      description: 'Name of an npm package, or the absolute path of one.',
    }),
    type: Type.Optional(
      Type.String({
        pattern: '^[a-z][a-z0-9-]{0,62}$',
        description: 'The provider type in it. Left out: the package is started to ask.',
      }),
    ),
    version: Type.Optional(
      Type.String({ minLength: 1, description: 'The one version that is loaded. Default: what is there.' }),
    ),
    integrity: Type.Optional(
      Type.String({ pattern: '^sha512-', description: 'What npm recorded of that version (SRI).' }),
    ),
    isolation: Type.Optional(
      Type.Enum(['process', 'none'], {
        description: 'A process for each Provider, or trusted code inside the sidecar. Default process.',
      }),
    ),
  },
  { ...closed, description: 'A package with a provider type.' },
);

/** The closed schema of `config.yaml`. */
export const configSchema = Type.Object(
  {
    apiVersion: Type.Literal(apiVersion, { description: 'Version of these resources.' }),
    kind: Type.Literal('Config', { description: 'Kind of the document.' }),
    plugins: Type.Optional(
      Type.Array(entrySchema, {
        description: 'Packages of third parties with provider types; a text is a package alone.',
      }),
    ),
  },
  { ...closed, description: 'What holds for a whole home.' },
);

/** A package that the configuration names. */
export type PluginEntry = Static<typeof entrySchema>;

/** The file in a home. */
export const configFileName = 'config.yaml';

/** The text of a home's `config.yaml`, or undefined. Throws `state_corrupt` when it cannot be read. */
export async function readConfigText(home: string): Promise<string | undefined> {
  const path = join(home, configFileName);
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new PaiError('state_corrupt', `${path} cannot be read (${code}); make it readable for this user`);
  }
}

/** The packages that a `config.yaml` names, in order. Throws `config_invalid` with file and line. */
export async function readPluginEntries(
  home: string,
  text: string | undefined,
): Promise<readonly PluginEntry[]> {
  if (text === undefined) return [];
  const { readDocuments } = await import('./documents.ts');
  const file = join(home, configFileName);
  const { documents, problems } = readDocuments(file, text);
  const [document, another] = documents;
  if (another !== undefined)
    throw problemsError([{ file, line: 1, message: 'there is more than one document; leave one' }]);
  if (problems.length > 0) throw problemsError(problems);
  if (document === undefined) return [];
  const value = withMappings(document.value);
  const faults = findFaults(configSchema, value);
  const said: Problem[] = faults.map(({ path, message }) => ({ ...document.placeOf(path), message }));
  if (said.length > 0) throw problemsError(said);
  const { plugins: entries = [] } = value as Static<typeof configSchema>;
  const twice = entries.findIndex(
    (entry, i) => entries.findIndex((one) => one.package === entry.package) !== i,
  );
  if (twice === -1) return entries;
  const place = document.placeOf(['plugins', twice]);
  throw problemsError([{ ...place, message: `plugins names ${entries[twice]?.package} twice; remove one` }]);
}

/** A package alone may be written as a text. */
function withMappings(value: unknown): unknown {
  const { plugins, ...rest } = { ...(value as { plugins?: unknown }) };
  if (!Array.isArray(plugins)) return value;
  const entries = plugins.map((entry: unknown) => (typeof entry === 'string' ? { package: entry } : entry));
  return { ...rest, plugins: entries };
}
