import { createPipeline, type ProviderContext } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { compilePolicy } from '@pai/policy';
import { azure } from '../src/index.ts';
import type { AzureSpec } from '../src/schema.ts';
import { contextFor, createEntraService, stored, tenantId } from './entra-service.ts';

/** The parts of a spec that a test is about. */
export type SpecParts = Omit<Partial<AzureSpec>, 'type'>;

/** A spec with these parts. */
export const specOf = (parts: SpecParts = {}): AzureSpec => ({
  type: 'azure',
  auth: { type: 'azure-client-credentials', secretRef: 'azure-app' },
  ...parts,
  config: { tenantId, ...parts.config },
});

/** A Provider made ready, alone behind its hosts, with Entra ID in reach. */
export function start(
  parts: SpecParts = { policy: { allow: ['*'] } },
  secrets: Readonly<Record<string, string>> = stored,
  changed: Partial<ProviderContext> = {},
) {
  const entra = createEntraService();
  const context = contextFor(entra, secrets);
  const attached = attach('azure-prod', specOf(parts), { ...context, ...changed });
  const { judge } = createPipeline([attached], () => entra.now);
  return {
    entra,
    derived: context.derived,
    provider: attached.provider,
    resolve: (text: RequestText) => attached.provider.resolve(requestFor(text)),
    judge: (text: RequestText) => judge(requestFor(text)),
  };
}

/** One Provider as a pipeline takes it. */
export function attach(name: string, spec: AzureSpec, context: ProviderContext) {
  const provider = azure.create(spec, { ...context, name });
  const { decide } = compilePolicy({
    name,
    type: 'azure',
    policy: spec.policy,
    services: spec.config?.services,
    plugin: azure,
    scope: provider.scope,
    hasScope: spec.scope !== undefined || provider.isScoped === true,
  });
  return { name, type: 'azure', provider, decide, enforcement: 'enforce', isLogged: true } as const;
}
