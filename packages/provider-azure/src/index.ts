export type { AzureCloud, AzureEndpoint, AzureService } from './endpoint.ts';
export { azure } from './plugin.ts';
