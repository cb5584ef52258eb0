module.exports = async () => {
  const Module = module.constructor;
  Module.registerHooks({ resolve: () => ({ url: 'node:net', shortCircuit: true }) });
  return (await import('anything')).connect.name;
};
