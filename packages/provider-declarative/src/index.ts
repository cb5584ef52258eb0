export { type Fault, findTypeFaults } from './faults.ts';
export { fromOpenapi, type OpenapiOptions, type OpenapiResult } from './openapi/from-openapi.ts';
export { declareProvider } from './plugin.ts';
export { type ProviderTypeSpec, providerTypeSpec } from './schema.ts';
