import { isBuiltin } from 'node:module';
import type { Plugin } from 'rolldown';

const mark = '\0node:';

/** Ends the names of the copies of those modules that run first. */
const early = '?early';

/** What runs before all else and must share no file with it. */
const first = /\/cli\/src\/(?:main|compile-cache)\.ts$/;

/**
 * Node's own modules, each reached when the code that imports it runs. As ordinary imports they would all stand at the
 * top of a single file, so that a lazy part of it would load what it needs at once; and Node lays a namespace over a
 * module that is imported, which reads every export: for node:http that loads all of fetch.
 */
export const nodeModules: Plugin = {
  name: 'node-modules',
  resolveId: {
    order: 'pre',
    handler: (id, importer = '') => {
      if (!isBuiltin(id)) return null;
      const copy = first.test(importer) ? early : '';
      return { id: mark + id.replace(/^node:/, '') + copy, moduleSideEffects: false };
    },
  },
  load(id) {
    if (!id.startsWith(mark)) return null;
    const name = id.slice(mark.length).replace(early, '');
    return [
      `const module = /* @__PURE__ */ process.getBuiltinModule('node:${name}');`,
      'export default module;',
      // What `require` gives.
      "export { module as 'module.exports' };",
      ...namesOf(name).map(
        (key) => `const $${key} = /* @__PURE__ */ (() => module.${key})(); export { $${key} as ${key} };`,
      ),
    ].join('\n');
  },
};

/** Reading some members of `process` and `buffer` does something, and code that takes these modules whole would read all. */
function namesOf(name: string): string[] {
  if (name === 'process') return [];
  if (name === 'buffer') return ['Buffer'];
  const module: object = process.getBuiltinModule(name) ?? {};
  return Object.keys(module).filter((key) => /^[A-Za-z_]\w*$/.test(key) && key !== 'default');
}
