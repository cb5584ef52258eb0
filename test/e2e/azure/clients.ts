import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ended } from '../processes.ts';
import { findProgram, python } from '../run-client.ts';
import type { Pod, RunOptions } from '../sidecar-pod.ts';
import { subscription } from './arm.ts';
import { tenants } from './azure.ts';

/** One thing to do. */
export interface Step {
  readonly op: string;
  readonly account?: string;
  readonly container?: string;
  readonly key?: string;
  readonly toKey?: string;
  readonly text?: string;
  readonly prefix?: string;
  readonly size?: number;
  readonly count?: number;
  readonly group?: string;
}

/** What became of it. */
export interface Result {
  readonly ok: boolean;
  readonly value?: unknown;
  /** The class, the code and the status of the client's own exception. */
  readonly error?: string;
  readonly message?: string;
}

/** A client of Azure, as its package installs it. */
export interface AzureClient {
  readonly name: string;
  readonly isThere: boolean;
  readonly can: ReadonlySet<string>;
  /** What its ordinary exception for a denial looks like. */
  readonly denied: RegExp;
  /** A library's exception, and not all that a program prints. */
  readonly saysOnce: boolean;
  run(pod: Pod, steps: readonly Step[], options?: RunOptions): Promise<Result[]>;
}

const scripts = join(import.meta.dirname, '../clients/azure');
const currentPython = { PYTHONPATH: join(import.meta.dirname, '../../../node_modules/.python-azure') };

/** A script of ours around a library; it takes all steps at once and prints JSON. */
function library(
  name: string,
  script: string,
  more: { can: readonly string[]; denied: RegExp; env?: Readonly<Record<string, string>>; isThere?: boolean },
): AzureClient {
  const program = script.endsWith('.mjs') ? process.execPath : python;
  return {
    name,
    isThere: more.isThere ?? true,
    can: new Set(more.can),
    denied: more.denied,
    saysOnce: true,
    run: async (pod, steps, options = {}) => {
      const env = { SUBSCRIPTION: subscription, ...more.env, ...options.env };
      return read(
        await pod.run(program, [join(scripts, script), JSON.stringify(steps)], { ...options, env }),
      );
    },
  };
}

function read({ out, err, status }: Ended): Result[] {
  const line = out.split('\n').find((text) => text.startsWith('[{'));
  if (line === undefined)
    throw new Error(`no results, status ${status}: ${out.slice(-2_000)}${err.slice(-3_000)}`);
  return JSON.parse(line);
}

/** A program of its own; each step is a command of a shell, in which `$@` is what `args` gives. */
interface Tool {
  readonly name: string;
  readonly program: string;
  readonly can: readonly string[];
  readonly denied: RegExp;
  readonly script: string;
  readonly env?: (pod: Pod) => Readonly<Record<string, string>>;
  readonly args: (step: Step, file: string) => readonly string[];
  readonly value?: (step: Step, out: string, file: string) => unknown;
}

function tool({ name, program, can, denied, script, env, args, value }: Tool): AzureClient {
  let count = 0;
  return {
    name,
    isThere: findProgram(program) !== undefined,
    can: new Set(can),
    denied,
    saysOnce: false,
    run: async (pod, steps, options = {}) => {
      const results: Result[] = [];
      for (const step of steps) {
        count += 1;
        const local = join(pod.dir, `${name}-${count}`);
        if (step.text !== undefined || step.size !== undefined) writeFileSync(local, step.text ?? '');
        if (step.size !== undefined) truncateSync(local, step.size);
        const all = { ...options, env: { ...env?.(pod), ...options.env } };
        const { status, out, err } = await pod.run('sh', ['-c', script, 'sh', ...args(step, local)], all);
        const said = `${out}${err}`;
        const isOk = status === 0 && !denied.test(said);
        results.push(
          isOk ? { ok: true, value: value?.(step, out, local) } : { ok: false, error: said, message: said },
        );
      }
      return results;
    },
  };
}

const lines = (out: string) => out.split('\n').filter(Boolean).sort();
const url = ({ account = 'paidata', container = '', key = '' }: Step) =>
  `https://${account}.blob.core.windows.net/${container}/${encodeURI(key)}`;

const curl: Tool = {
  name: 'curl',
  program: 'curl',
  can: ['put', 'get', 'list', 'delete', 'send', 'receive'],
  denied: /\b40[13]\b/,
  // Any bearer will do: it is not the one that goes on.
  script:
    'exec curl -sS --fail-with-body -H "Authorization: Bearer placeholder" -H "x-ms-version: 2023-11-03" "$@"',
  args: (step, file) => {
    const { op, account = 'paidata', container = '', prefix = '', text = '' } = step;
    const queue = `https://pai-bus.servicebus.windows.net/${container}/messages`;
    const host = `https://${account}.blob.core.windows.net/${container}`;
    return (
      {
        put: ['-X', 'PUT', '-H', 'x-ms-blob-type: BlockBlob', '--data-binary', `@${file}`, url(step)],
        list: [`${host}?restype=container&comp=list&prefix=${encodeURIComponent(prefix)}`],
        delete: ['-X', 'DELETE', url(step)],
        send: ['-X', 'POST', '-d', text, queue],
        receive: ['-X', 'DELETE', `${queue}/head`],
      }[op] ?? [url(step)]
    );
  },
  value: ({ op }, out) => {
    if (op === 'list') return [...out.matchAll(/<Name>([^<]*)</g)].map(([, name]) => name).sort();
    return op === 'get' || op === 'receive' ? out : undefined;
  },
};

const servicePrincipal =
  'printf \'{"appId":"%s","password":"%s","tenant":"%s"}\' "$AZURE_CLIENT_ID" "$AZURE_CLIENT_SECRET" "$AZURE_TENANT_ID" >"$HOME/principal.json"';

const rclone: Tool = {
  name: 'rclone',
  program: 'rclone',
  can: ['put', 'stream', 'get', 'size', 'list', 'delete'],
  denied: /\b403\b|AuthorizationPermissionMismatch/,
  script: `${servicePrincipal}; exec rclone --azureblob-service-principal-file "$HOME/principal.json" "$@"`,
  env: () => ({ RCLONE_CONFIG: '/dev/null' }),
  args: ({ op, account = 'paidata', container, key = '', prefix = '' }, file) => {
    const remote = (name: string) => `:azureblob:${container}/${name}`;
    const flags = ['--azureblob-account', account, '--retries', '1', '--low-level-retries', '1'];
    const words = {
      put: ['copyto', file, remote(key)],
      stream: ['copyto', file, remote(key)],
      get: ['cat', remote(key)],
      size: ['size', '--json', remote(key)],
      list: ['lsf', '-R', '--files-only', remote(prefix)],
      delete: ['deletefile', remote(key)],
    }[op];
    return [...flags, ...(words ?? [])];
  },
  value: ({ op, prefix = '' }, out) => {
    if (op === 'list') return lines(out).map((name) => `${prefix}${name}`);
    if (op === 'size') return JSON.parse(out).bytes;
    return op === 'get' ? out : undefined;
  },
};

const azcopyProgram = join(scripts, 'node_modules/@azure-tools/azcopy-linux/dist/bin/azcopy_linux_amd64');

const azcopy: Tool = {
  name: 'azcopy',
  program: azcopyProgram,
  can: ['put', 'stream', 'get', 'list', 'delete'],
  denied: /\b403\b|AuthorizationPermissionMismatch/,
  script: `chmod +x "${azcopyProgram}"; export AZCOPY_AUTO_LOGIN_TYPE=SPN AZCOPY_SPA_APPLICATION_ID="$AZURE_CLIENT_ID" AZCOPY_SPA_CLIENT_SECRET="$AZURE_CLIENT_SECRET" AZCOPY_TENANT_ID="$AZURE_TENANT_ID"; "${azcopyProgram}" "$@" || { cat "$HOME"/azcopy-logs/*.log >&2; exit 1; }`,
  env: (pod) => ({
    AZCOPY_LOG_LOCATION: join(pod.dir, 'azcopy-logs'),
    AZCOPY_JOB_PLAN_LOCATION: join(pod.dir, 'azcopy-plans'),
    AZCOPY_DISABLE_SYSLOG: 'true',
  }),
  args: (step, file) =>
    ({
      put: ['copy', file, url(step)],
      stream: ['copy', file, url(step)],
      get: ['copy', url(step), '--from-to=BlobPipe'],
      list: [
        'list',
        `https://${step.account ?? 'paidata'}.blob.core.windows.net/${step.container}/${step.prefix}`,
      ],
      delete: ['remove', url(step)],
    })[step.op] ?? [],
  value: ({ op, prefix = '' }, out) => {
    if (op === 'get') return out;
    return op === 'list'
      ? [...out.matchAll(/^(?:INFO: )?(.+?);/gm)].map(([, name]) => `${prefix}${name}`)
      : undefined;
  },
};

const login =
  '[ -d "$HOME/.azure/in" ] || { az login --service-principal -u "$AZURE_CLIENT_ID" -p "$AZURE_CLIENT_SECRET" --tenant "$AZURE_TENANT_ID" -o none && mkdir "$HOME/.azure/in"; }';

const az: Tool = {
  name: 'az',
  program: 'az',
  can: ['put', 'get', 'delete', 'create', 'keys'],
  denied: /AuthorizationFailed|do not have the required permissions/,
  script: `${login} && exec az "$@"`,
  env: () => ({ AZURE_CORE_COLLECT_TELEMETRY: 'no', AZURE_CORE_NO_COLOR: 'yes' }),
  args: (step, file) => {
    const { op, container = '', key = '', group = '' } = step;
    const blob = ['--auth-mode', 'login', '--account-name', 'paidata', '-c', container, '-n', key];
    const account = ['storage', 'account'];
    const words = {
      put: ['storage', 'blob', 'upload', ...blob, '-f', file, '--overwrite', '--no-progress'],
      get: ['storage', 'blob', 'download', ...blob, '-f', file, '--no-progress', '-o', 'none'],
      delete: ['storage', 'blob', 'delete', ...blob],
      create: [
        ...account,
        'create',
        '-g',
        group,
        '-n',
        key,
        '-l',
        'westeurope',
        '--query',
        'name',
        '-o',
        'tsv',
      ],
      keys: [...account, 'keys', 'list', '-g', group, '-n', key],
    }[op];
    return words ?? [];
  },
  value: ({ op }, out, file) => (op === 'get' ? readFileSync(file, 'utf8') : out.trim()),
};

const plain = ['put', 'stream', 'get', 'size', 'list', 'delete'] as const;

/** The clients of blobs. */
export const blobClients: readonly AzureClient[] = [
  library('@azure/storage-blob', 'blobs.mjs', {
    can: [...plain, 'copy'],
    denied: /RestError AuthorizationPermissionMismatch 403/,
  }),
  library('azure-storage-blob (current)', 'blobs_client.py', {
    can: plain,
    denied: /HttpResponseError AuthorizationPermissionMismatch 403/,
    env: currentPython,
  }),
  library("azure-storage-blob (Debian's)", 'blobs_client.py', {
    can: plain,
    denied: /HttpResponseError AuthorizationPermissionMismatch 403/,
    isThere: existsSync('/usr/lib/python3/dist-packages/azure/identity'),
  }),
  tool(curl),
  tool(rclone),
  tool(azcopy),
];

/** Of more than blobs, or of others. */
const otherClients: readonly AzureClient[] = [
  library('@azure/arm-storage', 'arm.mjs', {
    can: ['create', 'keys'],
    denied: /RestError AuthorizationFailed 403/,
  }),
  library('@azure/keyvault-secrets', 'vault.mjs', {
    can: ['set', 'secret'],
    denied: /RestError Forbidden 403/,
  }),
  tool(az),
];

/** Those of `blobClients` and `otherClients` by name. */
export function azureClient(name: string): AzureClient {
  const found = [...blobClients, ...otherClients].find((client) => client.name === name);
  if (found === undefined) throw new Error(`no client ${name}`);
  return found;
}

/** What an application's own credential is for clients. */
export const ownSecret = (id: string, secret: string): Readonly<Record<string, string>> => ({
  AZURE_TENANT_ID: tenants[0],
  AZURE_CLIENT_ID: id,
  AZURE_CLIENT_SECRET: secret,
});
