export type { Endpoint } from './endpoint.ts';
export type { OperationModel, ResourceMember, ResourceRule, Routed, ServiceModel } from './model.ts';
