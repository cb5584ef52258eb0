export type { GcpEndpoint } from './endpoint.ts';
