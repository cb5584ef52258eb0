import { createPipeline, type ProviderContext } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { compilePolicy } from '@pai/policy';
import { type GcpSpec, gcp } from '../src/index.ts';
import { contextFor, createGoogle, keyDocument } from './google.ts';

/** The parts of a spec that a test is about. */
export type SpecParts = Omit<Partial<GcpSpec>, 'type' | 'auth'>;

/** A spec with these parts. */
export const specOf = (parts: SpecParts = {}): GcpSpec => ({
  type: 'gcp',
  auth: { type: 'gcp-service-account', secretRef: 'gcp-creds' },
  ...parts,
});

/** A Provider made ready, alone behind its hosts, with Google's token endpoints in reach. */
export function start(
  parts: SpecParts = { policy: { allow: ['*'] } },
  stored: Parameters<typeof contextFor>[1] = { 'key.json': keyDocument() },
  changed: Partial<ProviderContext> = {},
) {
  const google = createGoogle();
  const attached = attach('gcp-prod', specOf(parts), { ...contextFor(google, stored), ...changed });
  const { judge } = createPipeline([attached], () => google.time.here);
  return {
    google,
    provider: attached.provider,
    resolve: (text: RequestText) => attached.provider.resolve(requestFor(text)),
    judge: (text: RequestText) => judge(requestFor(text)),
  };
}

/** One Provider as a pipeline takes it. */
export function attach(name: string, spec: GcpSpec, context: ProviderContext) {
  const provider = gcp.create(spec, { ...context, name });
  const { decide } = compilePolicy({
    name,
    type: 'gcp',
    policy: spec.policy,
    services: spec.config?.services,
    plugin: gcp,
    scope: provider.scope,
    hasScope: spec.scope !== undefined || provider.isScoped === true,
  });
  return { name, type: 'gcp', provider, decide, enforcement: 'enforce', isLogged: true } as const;
}
