import { expect, test } from 'vitest';
import { apiText, serviceNames } from '../src/catalogue.ts';
import { requestTo, resolve } from './gcp.ts';

const letters: Readonly<Record<string, string>> = { G: 'GET', P: 'POST', U: 'PUT', A: 'PATCH', D: 'DELETE' };

interface Row {
  readonly method: string;
  readonly path: string;
  readonly permissions: readonly string[];
}

/** A path of every method in the first version that has it. */
function rowsOf(text: string): readonly Row[] {
  const [heads = '', , ...lines] = text.split('\n');
  const prefixes = heads.split(' ').map((head) => (head === '-' ? '' : `/${head}`));
  return lines.map((line) => {
    const [head = '', path = '', , permissions = ''] = line.split('|');
    const prefix = prefixes[Number.parseInt(head[1] ?? '0', 36)] ?? '';
    const filled = path.replace(/\*\*/g, 'x/x').replace(/\*/g, 'x');
    const joined = filled === '' || filled.startsWith(':') ? filled : `/${filled}`;
    return {
      method: letters[head[0] ?? ''] ?? '',
      path: `${prefix}${joined}`,
      permissions: permissions.split('+'),
    };
  });
}

/** Some of their paths are documented for two methods: both have to be allowed. */
const ambiguous = new Set(
  ['datacatalog', 'datalabeling', 'discoveryengine', 'securitycenter'].map(
    (name) => `${name}.googleapis.com`,
  ),
);

test('a request to every method of every API resolves to the permissions of that method', async () => {
  const wrong: string[] = [];
  let count = 0;
  for (const service of await serviceNames()) {
    if (service === 'storage.googleapis.com' || service === 'discovery.googleapis.com') continue;
    for (const { method, path, permissions } of rowsOf((await apiText(service)) ?? '')) {
      count += 1;
      const found = await resolve(requestTo(`https://${service}${path}`, { method }));
      const names = 'actions' in found ? found.actions.map(({ name }) => name) : [found.unresolved];
      if (!permissions.every((one) => names.includes(one)))
        wrong.push(`${service} ${method} ${path}: ${names}, not ${permissions}`);
      else if (names.length > permissions.length && !ambiguous.has(service))
        wrong.push(`${service} ${method} ${path}: ${names}, more than ${permissions}`);
    }
  }
  expect(count).toBeGreaterThan(15_000);
  expect(wrong).toEqual([]);
}, 60_000);
