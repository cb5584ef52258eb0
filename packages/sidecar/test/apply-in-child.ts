import { readResources } from '../src/resources.ts';
import { createSecretStore } from '../src/secrets.ts';
import { applyResources } from '../src/state.ts';
import { demoPlugins } from './demo-plugin.ts';

// Does one piece of work in a process of its own, and prints how it ended.
const [, , home = '', work = ''] = process.argv;
const { apply = [], put = [] } = JSON.parse(work) as {
  apply?: string[];
  put?: [name: string, key: string][];
};
try {
  for (const text of apply) {
    await applyResources(home, await readResources([{ file: 'f.yaml', text }], { plugins: demoPlugins }));
  }
  for (const [name, key] of put)
    await createSecretStore(home).put('default', name, { [key]: `value of ${key}` });
  process.stdout.write('done');
} catch (thrown) {
  const { code, message } = thrown as { code: string; message: string };
  process.stdout.write(`${code}: ${message}`);
}
