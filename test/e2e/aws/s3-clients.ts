import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../run-client.ts';
import type { AwsPod, Ended, RunOptions } from './pod.ts';

/** One thing to do. `stream`: zeros of a length that the client is not told; `sized`: that it is. */
export interface Step {
  readonly op:
    | 'buckets'
    | 'put'
    | 'get'
    | 'head'
    | 'list'
    | 'delete'
    | 'delete-many'
    | 'copy'
    | 'stream'
    | 'sized'
    | 'multipart'
    | 'many'
    | 'presigned-get'
    | 'presigned-put';
  readonly bucket: string;
  readonly key?: string;
  readonly keys?: readonly string[];
  readonly to?: string;
  /** The bucket that a copy is of; left out: the same. */
  readonly from?: string;
  readonly text?: string;
  readonly prefix?: string;
  readonly size?: number;
  /** Bytes of a part. */
  readonly part?: number;
  readonly count?: number;
}

/** What became of it. */
export interface Result {
  readonly ok: boolean;
  readonly value?: unknown;
  /** The class and the code of the client's own exception. */
  readonly error?: string;
  readonly status?: number;
  readonly message?: string;
}

/** A client of S3, as its package installs it. */
export interface S3Client {
  readonly name: string;
  readonly isThere: boolean;
  /** What it can do of the steps. */
  readonly can: ReadonlySet<Step['op']>;
  /** What a denied step looks like: the class or the code of its ordinary exception. */
  readonly denied: RegExp;
  run(pod: AwsPod, steps: readonly Step[], options?: RunOptions): Promise<Result[]>;
}

const root = join(import.meta.dirname, '../../..');
const clients = join(import.meta.dirname, '../clients/aws');
/** Where `.ci/run` lays what is on PyPI only. */
export const pythonPath = join(root, 'node_modules/.python-aws');
const python = '/usr/bin/python3';
/** Where `.ci/run` builds the client in Go. */
export const goClient = join(root, 'node_modules/.aws-go/client');
const javaClasses = join(root, 'node_modules/.aws-java');
/** Whether Debian's boto3 is there. */
export const hasDebianBoto = existsSync('/usr/lib/python3/dist-packages/boto3');

/** The variables that give Python what `.ci/run` laid from PyPI. */
export const currentPython = { PYTHONPATH: pythonPath };

const hasCurrentPython = existsSync(join(pythonPath, 'boto3'));

const plain = ['put', 'get', 'head', 'list', 'delete', 'buckets'] as const;

/** A client that is a script of ours around an SDK; it takes all steps at once and prints JSON. */
function sdk(
  name: string,
  command: readonly [string, ...string[]],
  more: { can: readonly Step['op'][]; denied: RegExp; isThere?: boolean; env?: Record<string, string> },
): S3Client {
  const [file, ...before] = command;
  return {
    name,
    isThere: findProgram(file) !== undefined && (more.isThere ?? true),
    can: new Set([...plain, ...more.can]),
    denied: more.denied,
    run: async (pod, steps, options) => {
      const env = { ...more.env, ...options?.env };
      const ended = await pod.run(file, [...before, JSON.stringify(steps)], { ...options, env });
      return read(ended);
    },
  };
}

function read({ out, err, status }: Ended): Result[] {
  const line = out.split('\n').find((text) => text.startsWith('[{'));
  if (line === undefined)
    throw new Error(`no results, status ${status}: ${out.slice(-2_000)}${err.slice(-2_000)}`);
  return JSON.parse(line);
}

/** A client that is a program of its own; each step is a command. */
function tool(
  name: string,
  file: string,
  more: {
    denied: RegExp;
    isThere?: boolean;
    env?: Record<string, string>;
    /** The arguments, or a step's own way. `file`: a path that holds the step's content, or takes it. */
    args: (step: Step, file: string) => readonly string[] | undefined;
    input?: (step: Step) => string | undefined;
    value?: (step: Step, out: string, file: string) => unknown;
    can?: readonly Step['op'][];
  },
): S3Client {
  return {
    name,
    isThere: findProgram(file) !== undefined && (more.isThere ?? true),
    can: new Set(more.can ?? plain),
    denied: more.denied,
    run: async (pod, steps, options) => {
      const results: Result[] = [];
      for (const [i, step] of steps.entries()) {
        const content = join(pod.dir, 'content', `${name.replace(/\W/g, '')}-${i}`);
        mkdirSync(join(pod.dir, 'content'), { recursive: true });
        writeFileSync(content, step.text ?? '');
        if (step.size !== undefined) truncateSync(content, step.size);
        const args = more.args(step, content);
        if (args === undefined) throw new Error(`${name} cannot ${step.op}`);
        const input = more.input?.(step);
        const env = { ...more.env, ...options?.env };
        const ended = await pod.run(file, args, { ...options, env, ...(input !== undefined && { input }) });
        const failed = { ok: false, error: ended.err + ended.out, message: ended.err + ended.out };
        results.push(
          ended.status === 0 ? { ok: true, value: more.value?.(step, ended.out, content) } : failed,
        );
      }
      return results;
    },
  };
}

const at = ({ bucket, key = '' }: Step) => `s3://${bucket}/${key}`;
const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

const awscli = (name: string, file: string, more: { isThere?: boolean; env?: Record<string, string> }) =>
  tool(name, file, {
    ...more,
    denied: /An error occurred \((?:AccessDenied|403)\)|fatal error|AccessDenied/,
    can: [...plain, 'stream', 'copy'],
    args: (step, content) => {
      const where = ['--bucket', step.bucket, '--key', step.key ?? ''];
      switch (step.op) {
        case 'put':
          return ['s3api', 'put-object', ...where, '--body', content];
        case 'get':
          return ['s3api', 'get-object', ...where, content];
        case 'stream':
          return ['s3', 'cp', '-', at(step)];
        case 'head':
          return ['s3api', 'head-object', ...where];
        case 'list':
          return ['s3api', 'list-objects-v2', '--bucket', step.bucket, '--prefix', step.prefix ?? ''];
        case 'delete':
          return ['s3api', 'delete-object', ...where];
        case 'copy':
          return ['s3', 'cp', at(step), at({ ...step, key: step.to ?? '' })];
        case 'buckets':
          return ['s3', 'ls'];
        default:
          return undefined;
      }
    },
    input: ({ op, size = 0 }) => (op === 'stream' ? '\0'.repeat(size) : undefined),
    value: ({ op }, out, content) => {
      if (op === 'get') return readFileSync(content, 'utf8');
      if (op === 'list')
        return ((JSON.parse(out || '{}').Contents ?? []) as { Key: string }[]).map(({ Key }) => Key);
      return op === 'head' ? JSON.parse(out).ContentLength : out;
    },
  });

/** Clients as their packages install them. None of them knows about the sidecar. */
export const s3Clients: readonly S3Client[] = [
  sdk('aws-sdk v3 (JS)', [process.execPath, join(clients, 's3_v3.mjs')], {
    can: ['copy', 'stream', 'sized', 'multipart', 'delete-many', 'presigned-get', 'presigned-put'],
    denied: /^AccessDenied/,
  }),
  sdk('aws-sdk v2 (JS)', [process.execPath, join(clients, 's3_v2.mjs')], {
    can: ['stream', 'presigned-get'],
    denied: /AccessDenied/,
    env: { AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1' },
  }),
  sdk('minio-js', [process.execPath, join(clients, 's3_minio.mjs')], {
    can: ['stream', 'presigned-get'],
    denied: /^S3Error AccessDenied/,
  }),
  sdk("boto3 (Debian's)", [python, join(clients, 's3_boto3.py')], {
    can: ['stream', 'multipart', 'many', 'presigned-get', 'presigned-put'],
    denied: /^ClientError/,
    isThere: hasDebianBoto,
  }),
  sdk('boto3 (current)', [python, join(clients, 's3_boto3.py')], {
    can: ['stream', 'multipart', 'many', 'presigned-get', 'presigned-put'],
    denied: /^(?:AccessDenied|ClientError)/,
    isThere: hasCurrentPython,
    env: currentPython,
  }),
  sdk('Ruby', ['ruby', join(clients, 's3_ruby.rb')], {
    can: ['stream', 'presigned-get'],
    denied: /Aws::S3::Errors::AccessDenied/,
    isThere:
      existsSync('/usr/share/rubygems-integration/all/gems') ||
      existsSync('/usr/lib/ruby/vendor_ruby/aws-sdk-s3.rb'),
  }),
  sdk('Go v2', [goClient], { can: ['stream', 'presigned-get'], denied: /./ }),
  javaClient(),
  awscli('awscli v2', '/usr/bin/aws', {}),
  awscli('awscli v1', join(pythonPath, 'bin/aws'), { isThere: hasCurrentPython, env: currentPython }),
  tool('rclone', 'rclone', {
    denied: /AccessDenied/,
    can: ['put', 'get', 'list', 'delete', 'stream'],
    env: {
      RCLONE_CONFIG_S3_TYPE: 's3',
      RCLONE_CONFIG_S3_PROVIDER: 'AWS',
      RCLONE_CONFIG_S3_ENV_AUTH: 'true',
      RCLONE_CONFIG_S3_REGION: 'us-east-1',
      RCLONE_S3_NO_CHECK_BUCKET: 'true',
      RCLONE_RETRIES: '1',
      RCLONE_LOW_LEVEL_RETRIES: '1',
    },
    args: (step, content) => {
      const there = `s3:${step.bucket}/${step.key ?? ''}`;
      switch (step.op) {
        case 'put':
          return ['copyto', content, there];
        case 'stream':
          return ['rcat', there];
        case 'get':
          return ['cat', there];
        case 'list':
          return ['lsf', '-R', `s3:${step.bucket}/${step.prefix ?? ''}`];
        case 'delete':
          return ['deletefile', there];
        default:
          return undefined;
      }
    },
    input: ({ op, size = 0 }) => (op === 'stream' ? '\0'.repeat(size) : undefined),
    value: ({ op, prefix = '' }, out) => (op === 'list' ? lines(out).map((name) => prefix + name) : out),
  }),
  tool('s3cmd', 's3cmd', {
    denied: /AccessDenied|\b403\b/,
    can: ['put', 'get', 'list', 'delete', 'stream'],
    args: (step, content) => {
      const before = ['--config=/dev/null', '--no-progress'];
      switch (step.op) {
        case 'put':
          return [...before, 'put', content, at(step)];
        case 'stream':
          return [...before, 'put', '-', at(step)];
        case 'get':
          return [...before, '--quiet', 'get', at(step), '-'];
        case 'list':
          return [...before, 'ls', '-r', `s3://${step.bucket}/${step.prefix ?? ''}`];
        case 'delete':
          return [...before, 'del', at(step)];
        default:
          return undefined;
      }
    },
    input: ({ op, size = 0 }) => (op === 'stream' ? '\0'.repeat(size) : undefined),
    value: ({ op, bucket }, out) =>
      op === 'list' ? lines(out).map((line) => line.split(`s3://${bucket}/`)[1]) : out,
  }),
];

/** The client of that name. */
export function s3Client(name: string): S3Client {
  const found = s3Clients.find((client) => client.name === name);
  if (found === undefined) throw new Error(`no client is called ${name}`);
  return found;
}

function javaClient(): S3Client {
  const spell = ({ op, bucket, key, prefix, text, size }: Step) =>
    [op, bucket, key ?? prefix ?? '', text ?? size ?? ''].join('\t');
  return {
    name: 'Java v2',
    isThere: findProgram('java') !== undefined && existsSync(join(javaClasses, 'classes/Client.class')),
    can: new Set([...plain, 'sized', 'presigned-get']),
    denied: /S3Exception 403/,
    run: async (pod, steps, options) => {
      const path = `${join(javaClasses, 'classes')}:${join(javaClasses, 'jars')}/*`;
      const { out, err } = await pod.run('java', ['-cp', path, 'Client', ...steps.map(spell)], options);
      const said = out.split(/^(?=ok |failed )/m).filter((text) => /^(?:ok|failed) /.test(text));
      if (said.length !== steps.length) throw new Error(out + err);
      return said.map((text, i) => {
        const rest = text.slice(text.indexOf(' ') + 1).replace(/\n$/, '');
        if (!text.startsWith('ok ')) return { ok: false, error: rest, message: rest };
        const op = steps[i]?.op;
        const value = op === 'list' ? rest.split('|').filter(Boolean) : op === 'head' ? Number(rest) : rest;
        return { ok: true, value };
      });
    },
  };
}
