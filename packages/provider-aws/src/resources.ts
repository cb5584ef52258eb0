import type { Endpoint } from './endpoint.ts';
import type { OperationModel } from './model.ts';
import type { Input } from './reading.ts';
import type { Surroundings } from './resources/kind.ts';
import { compileRules, type RuleReader } from './resources/rules.ts';

/**
 * What an operation touches: exact ARNs, none of them twice; `any` when it can reach what is not named, `none` when it is
 * on nothing.
 */
export type Resources = readonly string[] | 'any' | 'none';

/** Reads the resources that an operation's input names. */
export type ResourceReader = (
  operation: Pick<OperationModel, 'resources'>,
  input: Input,
  endpoint: Pick<Endpoint, 'partition' | 'region' | 'accountId' | 'isForeign'>,
) => Promise<Resources>;

/**
 * Reads the resources that requests name, each as the ARN that IAM judges, with the region and the partition of the host.
 * The account is the one that the request names the resource with, else the host's, else `accountId`, else empty. What
 * cannot be told is `any`. Throws `malformed_request` for a name or an ARN that the service itself would refuse, so that
 * none can be read as another.
 */
export function createResourceReader(options: { readonly accountId?: string }): ResourceReader {
  return async ({ resources: rules }, input, endpoint) => {
    if (rules.some(({ arn }) => arn === '-')) return 'none';
    const reader = compiled.get(rules) ?? compileRules(rules);
    compiled.set(rules, reader);
    const { partition, region, accountId: account = options.accountId ?? '', isForeign } = endpoint;
    return read(reader, input, { partition, region, account, isForeign });
  };
}

const compiled = new WeakMap<OperationModel['resources'], RuleReader>();

async function read(reader: RuleReader, input: Input, at: Surroundings): Promise<Resources> {
  const content = reader.needsContent ? await input.content() : { value: undefined };
  const { arns, isAny } = reader.read(input, content, at);
  return isAny || arns.size === 0 ? 'any' : [...arns];
}
