export type { Endpoint } from './endpoint.ts';
export { aws } from './plugin.ts';
export type { AwsCredentials, SigningScope } from './sign/credential.ts';
export { type AwsInjectorOptions, createAwsInjector } from './sign/injector.ts';
export { createSigner, type Signer, type SignerOptions } from './sign/signer.ts';
