import type { Ca } from '@pai/sidecar';
import {
  type Pod,
  type SidecarPod,
  startDirectPod as startDirect,
  startSidecarPod as startPod,
} from '../sidecar-pod.ts';
import type { AwsKeys } from './keys.ts';

export type { Ended } from '../processes.ts';
export type { Pod as AwsPod, RunOptions, SidecarPod } from '../sidecar-pod.ts';

/** What stands behind the hosts of AWS. */
export interface Upstream {
  /** On 127.0.0.1, TLS by `ca`. */
  readonly port: number;
  readonly ca: Ca;
  readonly keys: AwsKeys;
}

/** What to start. */
export interface AwsPodOptions {
  /** An address of 127.0.0.0/8 that no other test has. */
  readonly address: string;
  readonly upstream: Upstream;
  /** Documents for `pai apply`, whose secretRef is `aws`. */
  readonly providers: string;
  /** Their names, in the Agent's order. */
  readonly names: readonly [string, ...string[]];
}

/** Starts the sidecar before a service for all hosts of AWS. */
export function startSidecarPod({ upstream, ...options }: AwsPodOptions): Promise<SidecarPod> {
  const { port, ca, keys } = upstream;
  const literals = [`access_key_id=${keys.accessKeyId}`, `secret_access_key=${keys.secretAccessKey}`];
  return startPod({
    ...options,
    ca,
    secrets: { aws: literals.flatMap((literal) => ['--from-literal', literal]) },
    upstreams: [`**.amazonaws.com=127.0.0.1:${port}`],
  });
}

/** What to lead where without a sidecar. */
export interface DirectPodOptions extends Omit<AwsPodOptions, 'providers' | 'names'> {
  readonly hosts: readonly string[];
  /** What the clients sign with: the service's keys, or others. */
  readonly signWith: AwsKeys;
}

/** Clients with keys of their own before the service itself. Shows what the service takes. */
export function startDirectPod({ address, upstream, hosts, signWith }: DirectPodOptions): Promise<Pod> {
  const env = {
    AWS_ACCESS_KEY_ID: signWith.accessKeyId,
    AWS_SECRET_ACCESS_KEY: signWith.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return startDirect({ address, port: upstream.port, ca: upstream.ca, hosts, env });
}
