import { PaiError, type Program, type SecretKey, type SecretReader } from '@pai/core';
import type { McpSpec } from './schema.ts';

/** Processes of one program, where the Provider does not say: each takes as much memory as a small server. */
const defaultProcesses = 32;

/**
 * The program that `spec.mcp` describes; undefined for a server that is somewhere else. Throws `config_invalid` for what
 * is no program or has nothing to do with one, and `secret_missing` for a key that is not there.
 */
export function readProgram(spec: McpSpec, secrets: SecretReader): Program | undefined {
  const { transport, url, command, env = {}, secretEnv = {}, maxProcesses = defaultProcesses } = spec.mcp;
  if (transport !== 'stdio') {
    const misplaced = (['command', 'env', 'secretEnv', 'maxProcesses'] as const).find(
      (key) => key in spec.mcp,
    );
    if (misplaced === undefined) return undefined;
    throw invalid(misplaced, 'is for a program that the sidecar runs', 'write transport: stdio');
  }
  if (url !== undefined)
    throw invalid('url', 'is for a server that is somewhere else', 'leave it out with stdio');
  refuseAuth(spec);
  const [file, ...given] = command ?? [];
  if (file === undefined) throw invalid('command', 'is missing', 'write command: [PROGRAM, ARGUMENT…]');
  refuseFile(file);
  const nul = given.findIndex((argument) => argument.includes('\0'));
  if (nul !== -1) throw invalid(`command[${nul + 1}]`, 'has a NUL, where arguments end', 'leave it out');
  for (const name of Object.keys(env)) refuseVariable('env', name, env[name]);
  for (const name of Object.keys(secretEnv)) {
    refuseVariable('secretEnv', name);
    if (Object.hasOwn(env, name)) throw invalid(`secretEnv.${name}`, 'is in env too', 'keep one of them');
  }
  const hidden = Object.entries(secretEnv).map(
    ([name, key]) => [name, secrets.read(key, { multiline: true })] as const,
  );
  return { command: [file, ...given], env: { ...env, ...Object.fromEntries(hidden) }, maxProcesses };
}

/** The keys that the Secret of a Provider has: those of a login, those that its program gets, else the one that goes on requests. */
export function programKeys({ auth, mcp }: McpSpec): readonly [SecretKey, ...SecretKey[]] {
  if (auth?.type === 'oauth') return [{ key: 'access_token' }];
  const [first, ...others] = new Set(Object.values(mcp.secretEnv ?? {}));
  if (first === undefined) return [{ key: auth?.secretKey ?? 'token' }];
  return [{ key: first }, ...others.map((key) => ({ key }))];
}

/** A program takes its credential in its environment. */
function refuseAuth({ auth, mcp }: McpSpec): void {
  const isHidden = Object.keys(mcp.secretEnv ?? {}).length > 0;
  if (isHidden && auth?.secretRef === undefined) {
    throw invalid('secretEnv', 'names keys of no Secret', 'write auth: {type: api-key, secretRef: NAME}');
  }
  if (auth === undefined) return;
  if (!isHidden) {
    throw new PaiError(
      'config_invalid',
      'auth: a program takes no credential on its requests; name its variables in mcp.secretEnv, or leave auth out',
    );
  }
  const wrong = ['header', 'prefix'].find((key) => key in auth);
  if (auth.type === 'api-key' && wrong === undefined) return;
  throw new PaiError(
    'config_invalid',
    `auth.${wrong ?? 'type'}: it is for servers over HTTP; a program has its credential in mcp.secretEnv`,
  );
}

function refuseFile(file: string): void {
  const isPath = file.startsWith('/') || /^[A-Za-z]:[\\/]/.test(file);
  if (file !== '' && !file.includes('\0') && (isPath || !/[\\/]/.test(file))) return;
  const remedy = 'write the name of a program in PATH, or an absolute path';
  throw invalid(
    'command[0]',
    `is ${JSON.stringify(file)}, which is neither a name nor an absolute path`,
    remedy,
  );
}

/** As POSIX has names (IEEE 1003.1, "Environment Variable Definition"). */
function refuseVariable(field: 'env' | 'secretEnv', name: string, value = ''): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw invalid(
      field,
      `has ${JSON.stringify(name)}, which is no name of a variable`,
      'use letters, digits and _',
    );
  }
  if (value.includes('\0')) throw invalid(`${field}.${name}`, 'has a NUL', 'leave it out');
}

function invalid(where: string, why: string, remedy: string): PaiError {
  return new PaiError('config_invalid', `mcp.${where}: it ${why}; ${remedy}`);
}
