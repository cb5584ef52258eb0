import { loadCa } from '@pai/sidecar';
import { afterAll, beforeAll } from 'vitest';
import { type SidecarPod, startSidecarPod } from './pod.ts';
import { agent, backup, buckets, s3Providers } from './s3-provider.ts';
import { type S3Service, startS3Service } from './s3-service.ts';

/** A sidecar in a pod, before a service that verifies what arrives. */
export interface S3Pod {
  readonly service: S3Service;
  readonly pod: SidecarPod;
}

/** Starts the two at `address` before the tests of a file, hands them to `use`, and closes them after the tests. */
export function useS3Pod(address: string, use: (started: S3Pod) => void): void {
  let service: S3Service | undefined;
  let pod: SidecarPod | undefined;
  beforeAll(async () => {
    const ca = loadCa();
    service = await startS3Service(ca);
    for (const name of Object.values(buckets)) service.store.addBucket(name);
    const upstream = { port: service.port, ca, keys: service.keys };
    pod = await startSidecarPod({ address, upstream, providers: s3Providers, names: [agent, backup] });
    use({ service, pod });
  });
  afterAll(async () => {
    await pod?.close();
    await service?.close();
  });
}
