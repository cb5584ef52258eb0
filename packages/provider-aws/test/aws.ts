import { createPipeline, type ProviderContext } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { compilePolicy } from '@pai/policy';
import { aws } from '../src/index.ts';
import type { AwsSpec } from '../src/schema.ts';
import { contextFor, createStsService, stored } from './sts-service.ts';

/** The parts of a spec that a test is about. */
export type SpecParts = Omit<Partial<AwsSpec>, 'type' | 'auth'>;

/** A spec with these parts. */
export const specOf = (parts: SpecParts = {}): AwsSpec => ({
  type: 'aws',
  auth: { type: 'aws-sigv4', secretRef: 'aws-creds' },
  ...parts,
});

/** A Provider made ready, alone behind its hosts, with STS in reach. */
export function start(
  parts: SpecParts = { policy: { allow: ['*'] } },
  secrets: Readonly<Record<string, string>> = stored,
  changed: Partial<ProviderContext> = {},
) {
  const sts = createStsService();
  const attached = attach('aws-prod', specOf(parts), { ...contextFor(sts, secrets), ...changed });
  const { judge } = createPipeline([attached], () => sts.time.here);
  return {
    sts,
    provider: attached.provider,
    resolve: (text: RequestText) => attached.provider.resolve(requestFor(text)),
    judge: (text: RequestText) => judge(requestFor(text)),
  };
}

/** One Provider as a pipeline takes it. */
export function attach(name: string, spec: AwsSpec, context: ProviderContext) {
  const provider = aws.create(spec, { ...context, name });
  const { decide } = compilePolicy({
    name,
    type: 'aws',
    policy: spec.policy,
    services: spec.config?.services,
    plugin: aws,
    scope: provider.scope,
    hasScope: spec.scope !== undefined,
  });
  return { name, type: 'aws', provider, decide, enforcement: 'enforce', isLogged: true } as const;
}
