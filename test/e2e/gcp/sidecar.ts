import { type PodOptions, type SidecarPod, startSidecarPod } from '../sidecar-pod.ts';
import { type Google, project } from './google.ts';

/** The Provider of the tests, which may do everything with one bucket and the topics of its project, but remove. */
export const agent = 'gcp-agent';

/** A Provider that makes its tokens from what is in this Secret. `more`: of `config`. */
export const gcpProvider = (name: string, secretRef: string, more = ''): string => `
---
apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: gcp
  auth: {type: gcp-service-account, secretRef: ${secretRef}}
  config: {project: ${project}${more}}
  policy:
    allow: ["storage.*", "pubsub.*"]
    deny: [storage.objects.delete, pubsub.topics.delete]
  scope:
    resources:
      - projects/_/buckets/pai-data
      - projects/_/buckets/pai-data/*
      - projects/${project}/topics/*
      - projects/${project}/subscriptions/*
`;

/** One that is for one folder of a bucket only, so that Google holds its tokens to it. */
export const narrowProvider = (name: string, secretRef: string): string => `
---
apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: gcp
  auth: {type: gcp-service-account, secretRef: ${secretRef}}
  config: {project: ${project}}
  policy:
    allow: [storage.objects.get, storage.objects.list, storage.objects.create]
  scope:
    resources: ["projects/_/buckets/pai-data/objects/team/*"]
`;

/** What `pai add secret` is told of a key file. */
export const keySecret = (keyFile: string): readonly string[] => [`--from-literal=key.json=${keyFile}`];

/** A sidecar before a Google. */
export function gcpPod({
  google,
  ...options
}: Omit<PodOptions, 'ca' | 'upstreams'> & { readonly google: Google }): Promise<SidecarPod> {
  const upstreams = [`**.googleapis.com=127.0.0.1:${google.port}`];
  return startSidecarPod({ ...options, ca: google.ca, upstreams });
}
