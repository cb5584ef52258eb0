/** The parts of a packed package.json that are looked at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly repository?: { readonly directory?: string };
  readonly engines?: { readonly node?: string };
  readonly sideEffects?: boolean;
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, { readonly types?: string; readonly default?: string }>>;
  readonly bin?: Readonly<Record<string, string>>;
}

/** What is wrong with a packed package.json, a sentence each. */
export function manifestProblems(manifest: Manifest): string[] {
  const {
    name,
    description = '',
    license,
    type,
    repository,
    engines,
    sideEffects,
    files,
    exports,
    bin,
  } = manifest;
  const directory = `packages/${name.replace('@pai/', '')}`;
  const claims: readonly (readonly [boolean, string])[] = [
    [!/"(?:workspace|catalog):/.test(JSON.stringify(manifest)), 'has a workspace: or catalog: version left'],
    [description !== '', 'has no description'],
    [license === 'Apache-2.0', 'is not licensed Apache-2.0'],
    [type === 'module', 'is not of type module'],
    [repository?.directory === directory, `does not say repository.directory ${directory}`],
    [engines?.node === '>=22.18', 'does not say engines.node >=22.18'],
    [files !== undefined, 'has no files'],
    [exports !== undefined || bin !== undefined, 'has neither exports nor bin'],
    [exports === undefined || sideEffects === false, 'does not say sideEffects: false'],
    [!JSON.stringify([exports, bin]).includes('/src/'), 'leads to sources that are not in it'],
  ];
  return claims.filter(([isTrue]) => !isTrue).map(([, problem]) => `package.json ${problem}`);
}
