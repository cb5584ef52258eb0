import { serviceNames as awsServices, loadModel } from '../../../packages/provider-aws/src/catalogue.ts';
import { apiText, serviceNames as gcpServices } from '../../../packages/provider-gcp/src/catalogue.ts';
import { placeOf } from '../../../packages/provider-github/src/containers.ts';
import { nameOperation } from '../../../packages/provider-github/src/name.ts';
import { methodLetters, readTable } from '../../../packages/provider-github/src/routes.ts';
import { knownMethods } from '../../../packages/provider-slack/src/methods.ts';
import { methodNames } from '../../../packages/provider-telegram/src/methods.ts';
import { code, formatTable } from './table.ts';

/** A table of the names of actions, from the catalogue of a type. */
export type ActionTable = () => string | Promise<string>;

/** The types whose names of actions stand in a catalogue. */
export const catalogued: Readonly<Record<string, ActionTable>> = {
  github: () => {
    const names = readTable().flatMap(({ template, dotcom, enterprise }) => {
      const { container, rest } = placeOf(template.split('/').filter(Boolean));
      const methods = [...dotcom, ...enterprise].flatMap((letter) => methodLetters[letter] ?? []);
      return methods.flatMap((method) => nameOperation(container, rest, method) ?? []);
    });
    const resource = (name: string) => name.slice(0, name.lastIndexOf(':'));
    return listed('resource', names, resource, (name) => name.slice(name.lastIndexOf(':') + 1));
  },
  slack: () => listed('family', [...knownMethods.keys()], (name) => name.split('.')[0] ?? ''),
  telegram: () => listed('verb', methodNames, (name) => /^[a-z]+/.exec(name)?.[0] ?? ''),
  aws: async () => {
    const models = await Promise.all((await awsServices()).map(loadModel));
    const names = models.flatMap((model) =>
      model.operations().flatMap((name) => model.operation(name)?.actions ?? []),
    );
    return counted('service', names, (name) => name.split(':')[0] ?? '');
  },
  gcp: async () => {
    const texts = await Promise.all((await gcpServices()).map(apiText));
    const names = texts.flatMap((text = '') =>
      text
        .split('\n')
        .slice(2)
        .flatMap((line) => (line.split('|')[3] ?? '').split('+').filter(Boolean)),
    );
    return counted('service', names, (name) => name.split('.')[0] ?? '');
  },
};

type Group = (name: string) => string;

function grouped(names: readonly string[], group: Group): (readonly [string, readonly string[]])[] {
  const sorted = [...new Set(names)].sort();
  const groups = Map.groupBy(sorted, group);
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** All names, a line for each group. */
function listed(head: string, names: readonly string[], group: Group, shown: Group = (name) => name): string {
  const rows = grouped(names, group).map(([key, members]) => [
    code(key),
    members.map((name) => code(shown(name))).join(', '),
  ]);
  return `${sum(names, rows.length, head)}\n\n${formatTable([head, 'actions'], rows)}`;
}

/** How many names each group has, and the first of them. */
function counted(head: string, names: readonly string[], group: Group): string {
  const rows = grouped(names, group).map(([key, members]) => [
    code(key),
    String(members.length),
    code(members[0] ?? ''),
  ]);
  const table = formatTable([head, 'actions', 'the first of them'], rows);
  return `${sum(names, rows.length, head)}\n\n<details>\n<summary>How many each has</summary>\n\n${table}\n\n</details>`;
}

function sum(names: readonly string[], groups: number, head: string): string {
  const count = new Set(names).size.toLocaleString('en');
  const plural = head.endsWith('y') ? `${head.slice(0, -1)}ies` : `${head}s`;
  return `${count} actions of ${groups} ${plural} are in the catalogue. \`pai explain METHOD URL\` names those of any request.`;
}
