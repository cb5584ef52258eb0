import { PaiError } from '@pai/core';
import { partitionNamed } from '../partitions.ts';

/** The regional STS endpoint in the partition of a role; without a region, that of the partition's global services. */
export function stsHost(
  roleArn: string,
  region: string | undefined,
): { readonly host: string; readonly region: string } {
  const id = roleArn.split(':')[1] ?? '';
  const partition = partitionNamed(id);
  if (partition === undefined) {
    throw new PaiError(
      'config_invalid',
      `config.assumeRole.roleArn: ${JSON.stringify(id)} is no partition of AWS; correct the ARN`,
    );
  }
  const place = region ?? partition.globalRegion;
  if (!partition.isRegion(place)) {
    throw new PaiError(
      'config_invalid',
      `config.assumeRole.roleArn: the role is in the partition ${id}, and config.region ${place} is not; correct one of them`,
    );
  }
  return { host: `sts.${place}.${partition.suffix}`, region: place };
}
