import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { freePort } from './ceph.ts';
import type { AwsKeys } from './keys.ts';
import { pythonPath } from './s3-clients.ts';

/** Whether moto's server is there: it is on PyPI only. */
export const hasMoto = existsSync(join(pythonPath, 'moto/server.py'));

/** moto, which makes every signature again with botocore, and knows one user who may do all. */
export interface Moto {
  /** HTTP on 127.0.0.1. */
  readonly port: number;
  readonly keys: AwsKeys;
  close(): Promise<void>;
}

/** Starts it, with its log in `dir`. Throws what went wrong after a minute at most. */
export async function startMoto(dir: string): Promise<Moto> {
  const port = await freePort();
  const log = openSync(join(dir, 'moto.log'), 'w');
  const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
  const server = spawn('/usr/bin/python3', args, {
    // What makes the user is the last that nobody checks.
    env: { PATH: process.env['PATH'], PYTHONPATH: pythonPath, INITIAL_NO_AUTH_ACTION_COUNT: '3' },
    stdio: ['ignore', log, log],
  });
  const close = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  try {
    await answers(server, port, AbortSignal.timeout(60_000));
    return { port, keys: await createUser(port), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function createUser(port: number): Promise<AwsKeys> {
  const credentials = { accessKeyId: 'nobody', secretAccessKey: 'nothing' };
  const client = new IAMClient({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials });
  const user = { UserName: 'pai' };
  const all = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } };
  await client.send(new CreateUserCommand(user));
  await client.send(
    new PutUserPolicyCommand({ ...user, PolicyName: 'all', PolicyDocument: JSON.stringify(all) }),
  );
  const { AccessKey } = await client.send(new CreateAccessKeyCommand(user));
  const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
}

async function answers(server: ChildProcess, port: number, end: AbortSignal): Promise<void> {
  const isThere = () =>
    new Promise<boolean>((resolve) => {
      const asked = http.get({ port, host: '127.0.0.1', path: '/moto-api/' }, (answer) => {
        answer.resume();
        resolve(true);
      });
      asked.once('error', () => resolve(false));
    });
  while (!(await isThere())) {
    end.throwIfAborted();
    if (server.exitCode !== null) throw new Error(`moto ended with ${server.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
