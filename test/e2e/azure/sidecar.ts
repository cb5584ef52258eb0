import { type PodOptions, type SidecarPod, startSidecarPod } from '../sidecar-pod.ts';
import type { Azure } from './azure.ts';

const hosts = [
  'login.microsoftonline.com',
  'management.azure.com',
  '**.core.windows.net',
  '**.vault.azure.net',
  '**.servicebus.windows.net',
];

/** A sidecar before an Azure. */
export function azurePod({
  azure,
  ...options
}: Omit<PodOptions, 'ca' | 'upstreams'> & { readonly azure: Azure }): Promise<SidecarPod> {
  const upstreams = hosts.map((host) => `${host}=127.0.0.1:${azure.port}`);
  return startSidecarPod({ ...options, ca: azure.ca, upstreams });
}
