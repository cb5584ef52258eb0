import {
  addCommand,
  createSecretStore,
  formatPlace,
  loadState,
  type Plugins,
  type Resource,
} from '@pai/sidecar';

/** A sentence for every name in the applied resources that leads nowhere yet: Secrets and their keys, Providers of Agents. */
export async function findLooseEnds(
  home: string,
  resources: readonly Resource[],
  plugins: Plugins,
): Promise<readonly string[]> {
  const secrets = await createSecretStore(home).list();
  const { providers } = await loadState(home, plugins);
  return resources.flatMap((resource) => {
    const { namespace, document } = resource;
    const at = (...path: (string | number)[]) => formatPlace(document.placeOf(['spec', ...path]));
    if (resource.kind === 'Agent') {
      const isThere = (name: string) =>
        providers.some((provider) => provider.name === name && provider.namespace === namespace);
      return (resource.spec.providers ?? []).flatMap((name, i) =>
        isThere(name) ? [] : [`${at('providers', i)}: provider ${name} does not exist yet; apply it too`],
      );
    }
    const { secretRef, secretKey } = resource.kind === 'Provider' ? (resource.spec.auth ?? {}) : {};
    if (secretRef === undefined) return [];
    const secret = secrets.find(({ name, ...entry }) => name === secretRef && entry.namespace === namespace);
    const remedy = `run: ${addCommand(namespace, secretRef, secretKey ?? 'token')}`;
    if (secret === undefined) {
      return [`${at('auth', 'secretRef')}: secret ${secretRef} does not exist yet; ${remedy}`];
    }
    const isComplete =
      secretKey === undefined || secret.problem !== undefined || secret.keys.includes(secretKey);
    return isComplete
      ? []
      : [`${at('auth', 'secretRef')}: secret ${secretRef} has no key ${secretKey}; ${remedy}`];
  });
}
