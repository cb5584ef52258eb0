export type { GcpEndpoint } from './endpoint.ts';
export { gcp } from './plugin.ts';
export type { GcpSpec } from './schema.ts';
