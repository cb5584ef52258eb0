import { existsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ended } from '../processes.ts';
import { findProgram, python } from '../run-client.ts';
import type { Pod, RunOptions } from '../sidecar-pod.ts';

/** One thing to do. `resumable` and `stream`: zeros of a size. */
export interface Step {
  readonly op: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly keys?: readonly string[];
  readonly to?: string;
  readonly toKey?: string;
  readonly text?: string;
  readonly texts?: readonly string[];
  readonly prefix?: string;
  readonly size?: number;
  readonly start?: number;
  readonly end?: number;
  readonly count?: number;
  readonly topic?: string;
  readonly subscription?: string;
  readonly project?: string;
}

/** What became of it. */
export interface Result {
  readonly ok: boolean;
  readonly value?: unknown;
  /** The class and the code of the client's own exception. */
  readonly error?: string;
  readonly message?: string;
}

/** A client of Google, as its package installs it. */
export interface GcpClient {
  readonly name: string;
  readonly isThere: boolean;
  readonly can: ReadonlySet<string>;
  /** What its ordinary exception for a denial looks like. */
  readonly denied: RegExp;
  /** A library's exception, and not all that a program prints. */
  readonly saysOnce: boolean;
  run(pod: Pod, steps: readonly Step[], options?: RunOptions): Promise<Result[]>;
}

const scripts = join(import.meta.dirname, '../clients/gcp');
/** Where `.ci/run` lays what is on PyPI only. */
const pythonEnv = { PYTHONPATH: join(import.meta.dirname, '../../../node_modules/.python-gcp') };

/** A script of ours around a library; it takes all steps at once and prints JSON. */
function library(name: string, script: string, can: readonly string[], denied: RegExp): GcpClient {
  const isNode = script.endsWith('.mjs');
  return {
    name,
    isThere: true,
    can: new Set(can),
    denied,
    saysOnce: true,
    run: async (pod, steps, options = {}) => {
      const env = { ...(!isNode && pythonEnv), ...options.env };
      const args = [join(scripts, script), JSON.stringify(steps)];
      return read(await pod.run(isNode ? process.execPath : python, args, { ...options, env }));
    },
  };
}

function read({ out, err, status }: Ended): Result[] {
  const line = out.split('\n').find((text) => text.startsWith('[{'));
  if (line === undefined)
    throw new Error(`no results, status ${status}: ${out.slice(-2_000)}${err.slice(-3_000)}`);
  return JSON.parse(line);
}

/** A program of its own; each step is a command. `args` gives none for a step that it cannot do. */
interface Tool {
  readonly name: string;
  readonly file: string;
  readonly can: readonly string[];
  readonly denied: RegExp;
  readonly env: (pod: Pod) => Readonly<Record<string, string>>;
  readonly args: (step: Step, file: string) => readonly string[];
  readonly value?: (step: Step, out: string, file: string) => unknown;
}

function tool({ name, file, can, denied, env, args, value }: Tool): GcpClient {
  let count = 0;
  return {
    name,
    isThere: findProgram(file) !== undefined,
    can: new Set(can),
    denied,
    saysOnce: false,
    run: async (pod, steps, options = {}) => {
      const results: Result[] = [];
      for (const step of steps) {
        count += 1;
        const local = join(pod.dir, `${file.replace(/\W/g, '')}-${count}`);
        if (step.text !== undefined || step.size !== undefined) writeFileSync(local, step.text ?? '');
        if (step.size !== undefined) truncateSync(local, step.size);
        const all = { ...options, env: { ...env(pod), ...options.env } };
        const { status, out, err } = await pod.run(file, args(step, local), all);
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

const url = ({ bucket, key = '' }: Step) =>
  `https://storage.googleapis.com/storage/v1/b/${bucket}/o/${encodeURIComponent(key)}`;
const lines = (out: string) => out.split('\n').filter(Boolean).sort();

const curl: Tool = {
  name: 'curl',
  file: 'curl',
  can: ['put', 'get', 'range', 'list', 'delete', 'xml-get', 'host-get'],
  denied: /\b40[13]\b/,
  // Any bearer will do: it is not the one that goes on.
  env: () => ({}),
  args: (step, file) => {
    const { op, bucket, key = '', prefix = '', start, end } = step;
    const curl = ['-sS', '--fail-with-body', '-H', 'Authorization: Bearer placeholder'];
    if (op === 'put') {
      const to = `https://storage.googleapis.com/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(key)}`;
      return [...curl, '--data-binary', `@${file}`, '-H', 'content-type: text/plain', to];
    }
    if (op === 'range') return [...curl, '-r', `${start}-${end}`, `${url(step)}?alt=media`];
    if (op === 'list')
      return [...curl, `https://storage.googleapis.com/storage/v1/b/${bucket}/o?prefix=${prefix}`];
    if (op === 'delete') return [...curl, '-X', 'DELETE', url(step)];
    if (op === 'xml-get') return [...curl, `https://storage.googleapis.com/${bucket}/${encodeURI(key)}`];
    if (op === 'host-get') return [...curl, `https://${bucket}.storage.googleapis.com/${encodeURI(key)}`];
    return [...curl, `${url(step)}?alt=media`];
  },
  value: ({ op }, out) => {
    if (op === 'list') return (JSON.parse(out).items ?? []).map(({ name }: { name: string }) => name).sort();
    return /get|range/.test(op) ? out : undefined;
  },
};

const rclone: Tool = {
  name: 'rclone',
  file: 'sh',
  can: ['put', 'stream', 'get', 'size', 'list', 'copy', 'delete'],
  denied: /\b403\b/,
  env: () => ({ RCLONE_CONFIG: '/dev/null' }),
  args: ({ op, bucket, key = '', prefix = '', toKey }, file) => {
    const remote = (name: string) => `:gcs:${bucket}/${name}`;
    const flags = ['--gcs-bucket-policy-only', '--retries', '1', '--low-level-retries', '1'];
    const words =
      {
        put: ['copyto', file, remote(key)],
        stream: ['copyto', file, remote(key)],
        get: ['cat', remote(key)],
        size: ['size', '--json', remote(key)],
        list: ['lsf', '-R', '--files-only', remote(prefix)],
        copy: ['copyto', remote(key), remote(toKey ?? '')],
        delete: ['deletefile', remote(key)],
      }[op] ?? [];
    // This version does not read the variable by itself.
    const sh = 'exec rclone --gcs-service-account-file "$GOOGLE_APPLICATION_CREDENTIALS" "$@"';
    return ['-c', sh, 'sh', ...flags, ...words];
  },
  value: ({ op, prefix = '' }, out) => {
    if (op === 'list') return lines(out).map((name) => `${prefix}${name}`);
    if (op === 'size') return JSON.parse(out).bytes;
    return op === 'get' ? out : undefined;
  },
};

const cloudSdk = (pod: Pod) => ({
  CLOUDSDK_CONFIG: join(pod.dir, 'gcloud'),
  CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
  CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
});

const remoteOf = ({ bucket, key = '' }: Step) => `gs://${bucket}/${key}`;

const gcloud: Tool = {
  name: 'gcloud storage',
  file: 'gcloud',
  can: ['put', 'get', 'list', 'delete'],
  denied: /HTTPError 403|403 \b|PERMISSION_DENIED/,
  env: cloudSdk,
  args: (step, file) =>
    ({
      put: ['storage', 'cp', file, remoteOf(step)],
      get: ['storage', 'cat', remoteOf(step)],
      list: ['storage', 'ls', `gs://${step.bucket}/${step.prefix}**`],
      delete: ['storage', 'rm', remoteOf(step)],
    })[step.op] ?? [],
  value: (step, out) => {
    if (step.op === 'list') return lines(out).map((name) => name.replace(`gs://${step.bucket}/`, ''));
    return step.op === 'get' ? out : undefined;
  },
};

const gsutil: Tool = {
  ...gcloud,
  name: 'gsutil',
  file: 'sh',
  denied: /\b403\b/,
  args: (step, file) => {
    const words =
      {
        put: ['cp', file, remoteOf(step)],
        get: ['cat', remoteOf(step)],
        list: ['ls', `gs://${step.bucket}/${step.prefix}**`],
        delete: ['rm', remoteOf(step)],
      }[step.op] ?? [];
    // It reads a setting of its own, not the variable.
    return [
      '-c',
      'exec gsutil -q -o "Credentials:gs_service_key_file=$GOOGLE_APPLICATION_CREDENTIALS" "$@"',
      'sh',
      ...words,
    ];
  },
};

const plain = ['put', 'get', 'list', 'delete'] as const;
const full = [...plain, 'resumable', 'range', 'size', 'copy', 'compose'] as const;

/** The clients of Cloud Storage. Those of Google's SDK are where that happens to be: it is in no registry. */
export const storageClients: readonly GcpClient[] = [
  library(
    '@google-cloud/storage',
    'storage.mjs',
    [...full, 'stream', 'metadata'],
    /(?:ApiError|GaxiosError|Error) 403/,
  ),
  library('googleapis', 'googleapis.mjs', plain, /Error 403/),
  library('google-cloud-storage (Python)', 'storage_client.py', [...full, 'delete-many'], /^Forbidden /),
  {
    ...library(
      'gcsfs (Python)',
      'gcsfs_client.py',
      [...full, 'delete-many'],
      /^(?:OSError|PermissionError)$/,
    ),
    isThere: existsSync(join(pythonEnv.PYTHONPATH, 'gcsfs')),
  },
  tool(curl),
  { ...tool(rclone), isThere: findProgram('rclone') !== undefined },
  tool(gcloud),
  { ...tool(gsutil), isThere: findProgram('gsutil') !== undefined },
];

/** The clients of Pub/Sub over gRPC. */
export const pubsubClients: readonly GcpClient[] = [
  library('@google-cloud/pubsub', 'pubsub.mjs', ['receive'], /Error 7/),
  library('google-cloud-pubsub (Python)', 'pubsub_client.py', ['receive', 'pull'], /^PermissionDenied /),
];

/** Those of `storageClients` and `pubsubClients` by name. */
export function gcpClient(name: string): GcpClient {
  const found = [...storageClients, ...pubsubClients].find((client) => client.name === name);
  if (found === undefined) throw new Error(`no client ${name}`);
  return found;
}

/** Does one step of a client and gives its value; throws what the client said when it failed. */
export async function doStep(
  client: GcpClient,
  pod: Pod,
  step: Step,
  options?: RunOptions,
): Promise<unknown> {
  const [result] = await client.run(pod, [step], options);
  if (result?.ok !== true) throw new Error(`${client.name} ${step.op}: ${result?.error} ${result?.message}`);
  return result.value;
}

/** The variables by which a Google client finds a key file; the placeholder's are `pai env`'s own. */
export const ownKey: Readonly<Record<string, string>> = {
  GOOGLE_APPLICATION_CREDENTIALS: '{{file:key.json}}',
  CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: '{{file:key.json}}',
};
