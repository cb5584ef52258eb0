import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const modules: string[] = [];
registerHooks({
  load: (url, context, next) => {
    modules.push(url);
    return next(url, context);
  },
});

// Node's own modules that JavaScript of its own has asked for are in this list too.
const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] };

process.on('exit', () => {
  const builtins = moduleLoadList.map((entry) => entry.replace(/^NativeModule /, 'node:'));
  writeFileSync(process.env['LOADED_MODULES'] ?? '', JSON.stringify([...modules, ...builtins]));
});
