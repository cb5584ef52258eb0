import { PaiError } from '@pai/core';
import { canBegin, compileResourcePattern, type Matcher } from '@pai/policy';

/** A pattern of ARNs, compiled. */
export interface ArnPattern {
  /** Whether an ARN fits. */
  readonly matches: Matcher;
  /** Whether every ARN that begins with this text fits. */
  readonly holdsAllOf: Matcher;
  /** Whether some ARN that begins with this text might fit. */
  readonly touches: Matcher;
}

/**
 * Compiles a pattern of ARNs as IAM reads it (IAM User Guide, "Resource"): `*` is any run of characters, `/` and `:` of the
 * last part included, `?` is one, and no wildcard reaches over the first five colons. A lone `*` is every ARN. An ARN
 * whose account is not known has none, and fits only where the pattern has none or `*`. The alias of an access point
 * fits only a pattern that spells it out. Throws `config_invalid` for what is no such pattern.
 */
export function compileArnPattern(pattern: string): ArnPattern {
  if (pattern === '*') return { matches: () => true, holdsAllOf: () => true, touches: () => true };
  const [partition, service, region, account, resource] = partsOf(pattern);
  const head = [
    compilePart(partition),
    (text: string) => text === service,
    compilePart(region),
    compilePart(account),
  ];
  const fits = compilePart(resource);
  const fitsHead = (parts: ArnParts) => head.every((matches, i) => matches(parts[i] as string));
  const matches: Matcher = (arn) => {
    const parts = splitArn(arn);
    return parts !== undefined && fits(parts[4]) && fitsHead(parts) && !isHiddenAlias(parts, resource);
  };
  return {
    matches,
    holdsAllOf: (start) => resource.endsWith('*') && matches(start),
    touches: (start) => {
      const parts = splitArn(start);
      return (
        parts !== undefined &&
        fitsHead(parts) &&
        canBegin(resource, parts[4]) &&
        !isHiddenAlias(parts, resource)
      );
    },
  };
}

/** Partition, service, region, account and resource. */
type ArnParts = readonly [string, string, string, string, string];

function splitArn(arn: string): ArnParts | undefined {
  const [word, ...parts] = arn.split(':', 6);
  if (word !== 'arn' || parts.length !== 5) return undefined;
  const [partition = '', service = '', region = '', account = ''] = parts;
  return [
    partition,
    service,
    region,
    account,
    arn.slice(word.length + [partition, service, region, account].join(':').length + 2),
  ];
}

function partsOf(pattern: string): ArnParts {
  const parts = splitArn(pattern);
  if (parts === undefined) {
    throw unusable(
      pattern,
      'is no ARN',
      'write all six parts, such as arn:aws:s3:::my-bucket/*, or * alone for everything',
    );
  }
  const [partition, service, region, account, resource] = parts;
  if (/\s/.test(pattern)) throw unusable(pattern, 'has white space', 'write ? where a name has a space');
  if (pattern.includes('${'))
    throw unusable(pattern, 'has a policy variable', 'write the value itself, or * in its place');
  if (!/^aws(?:-[a-z]+)*$/.test(partition) && !/[*?]/.test(partition)) {
    throw unusable(
      pattern,
      `has the partition ${JSON.stringify(partition)}`,
      'write aws, aws-cn, aws-us-gov or another that AWS has',
    );
  }
  if (!/^[a-z0-9-]+$/.test(service)) {
    throw unusable(
      pattern,
      'has no service',
      "write the service's own word in the third part, as in IAM, which takes no wildcard there",
    );
  }
  if (!/^[a-z0-9*?-]*$/.test(region))
    throw unusable(
      pattern,
      'has no region in its fourth part',
      'write one such as us-east-1, or *, or leave it empty',
    );
  if (!/^(?:\d{12}|aws|[\d*?]*[*?][\d*?]*|)$/.test(account)) {
    throw unusable(
      pattern,
      'has no account in its fifth part',
      'write its 12 digits, or *, or leave it empty as S3 does',
    );
  }
  if (resource === '')
    throw unusable(pattern, 'names no resource', 'write one in the last part, or * for all of them');
  return parts;
}

function unusable(pattern: string, why: string, remedy: string): PaiError {
  return new PaiError('config_invalid', `pattern ${JSON.stringify(pattern)} ${why}; ${remedy}`);
}

/** The dialect of the policy, which has no pattern for the empty text. */
function compilePart(part: string): Matcher {
  return part === '' ? (text) => text === '' : compileResourcePattern(part);
}

/** What the names of aliases end in: S3 keeps these ends from buckets (Amazon S3 User Guide, "Bucket naming rules"). */
const alias = /^[a-z0-9-]+(?:-s3alias|--ol-s3|--op-s3|--table-s3)(?=\/|$)/;

/** `my-*` is meant for the buckets of that name, and an alias leads to a bucket of any name. */
function isHiddenAlias([, service, , , name]: ArnParts, resource: string): boolean {
  const named = service === 's3' ? alias.exec(name)?.[0] : undefined;
  return named !== undefined && resource !== named && !resource.startsWith(`${named}/`);
}
