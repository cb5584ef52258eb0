export type { AzureCloud, AzureEndpoint, AzureService } from './endpoint.ts';
