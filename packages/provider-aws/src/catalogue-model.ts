import { createRoutes } from './catalogue-routes.ts';
import type { OperationModel, ResourceMember, ResourceRule, ServiceModel } from './model.ts';

/** A model over the text that `tools/catalogue/src/aws/encode.ts` writes; operations are read when they are first asked for. */
export function createModel(id: string, text: string): ServiceModel {
  const middle = text.indexOf('\n\n');
  const [head = '', ...rules] = text.slice(0, middle).split('\n');
  const [prefix = '', protocol = '', versions = '', targets = ''] = head.split('|');
  const lines = new Map(
    text
      .slice(middle + 2)
      .split('\n')
      .map((line) => [nameOf(line), line]),
  );
  const operations = new Map<string, OperationModel>();
  const operation = (name: string): OperationModel | undefined => {
    const line = lines.get(name);
    if (line === undefined) return undefined;
    const known = operations.get(name) ?? readOperation(line, prefix, rules);
    operations.set(name, known);
    return known;
  };
  let routes: ReturnType<typeof createRoutes> | undefined;
  return {
    id,
    prefix,
    protocol: protocol as ServiceModel['protocol'],
    versions: words(versions),
    targets: words(targets),
    operation,
    operations: () => [...lines.keys()],
    routes: (method, path, query) => {
      routes ??= createRoutes(lines.values());
      return routes(method, path, query).flatMap(({ name, labels }) => {
        const found = operation(name);
        return found === undefined ? [] : [{ operation: found, labels }];
      });
    },
  };
}

function nameOf(line: string): string {
  const end = line.indexOf('|');
  return end === -1 ? line : line.slice(0, end);
}

function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ');
}

function readOperation(line: string, prefix: string, rules: readonly string[]): OperationModel {
  const [name = '', , actions = '', numbers = ''] = line.split('|');
  const own = words(actions === '' ? name : actions);
  return {
    name,
    actions: own.map((action) => (action.includes(':') ? action : `${prefix}:${action}`)),
    resources: words(numbers).map((number) => readRule(rules[Number(number)] ?? '')),
  };
}

function readRule(line: string): ResourceRule {
  const [arn = '', ...members] = line.split('|');
  return { arn: arn.replaceAll('^', 'arn:${Partition}:'), members: members.map(readMember) };
}

const places: Readonly<Record<string, ResourceMember['place']>> = {
  '/': 'label',
  '?': 'query',
  '#': 'header',
  '.': 'body',
};

function readMember(text: string): ResourceMember {
  const at = text.search(/[/?#.]/);
  const [name = '', form] = text.slice(at + 1).split('~');
  const place = places[text.charAt(at)] ?? 'body';
  return { variable: text.slice(0, at), place, name, ...(form !== undefined && { form }) };
}
