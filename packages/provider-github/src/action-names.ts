import { placeOf } from './containers.ts';
import { nameMutation } from './graphql/mutations.ts';
import { resourcesOf } from './graphql/resources.ts';
import { mutationNames, typeNames } from './graphql/schema.ts';
import { nameOperation } from './name.ts';
import { methodLetters, readTable } from './routes.ts';
import { verbs } from './verbs.ts';

/**
 * Every verb of every resource that has a name in REST, GraphQL or git, of administration too, and the mutations without a
 * name of their own.
 */
export function actionNames(): readonly string[] {
  const mutations = mutationNames().flatMap((mutation) => {
    const named = nameMutation(mutation);
    return 'name' in named ? [named.name] : [];
  });
  const isNameless = (name: string) => name.startsWith('admin:graphql:');
  const resources = new Set([
    'wiki',
    ...[...operationNames(), ...mutations.filter((name) => !isNameless(name))].map(resourceOf),
    ...typeNames().flatMap((type) => resourcesOf(type, [])),
  ]);
  const plain = [...resources].map((resource) => resource.replace(/^admin:/, ''));
  const all = new Set([...resources, ...plain.map((resource) => `admin:${resource}`)]);
  return [...all]
    .flatMap((one) => verbs.map((verb) => `${one}:${verb}`))
    .concat(mutations.filter(isNameless));
}

function operationNames(): readonly string[] {
  return readTable().flatMap(({ template, dotcom, enterprise }) => {
    const { container, rest } = placeOf(template.split('/').filter(Boolean));
    return [...dotcom, ...enterprise].flatMap((letter) => {
      const method = methodLetters[letter];
      return method === undefined ? [] : (nameOperation(container, rest, method) ?? []);
    });
  });
}

function resourceOf(name: string): string {
  return name.slice(0, name.lastIndexOf(':'));
}
