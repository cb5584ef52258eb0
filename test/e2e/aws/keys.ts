import { randomBytes } from 'node:crypto';

/** What AWS signs with. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Keys of the right shape, which no service but the test's own knows. `name`: four capitals, to be recognised by. */
export function madeUpKeys(name: string): AwsKeys {
  const hex = randomBytes(16).toString('hex');
  return {
    accessKeyId: `AKIA${name}${hex.slice(0, 12).toUpperCase()}`,
    secretAccessKey: `e2e/Secret+That/NobodyMaySee${hex.slice(20)}`,
  };
}
