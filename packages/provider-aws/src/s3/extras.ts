import type { AmzFields } from './fields.ts';

/** What fields of the header make an upload do as well (names without prefix). */
export function extrasOfObject(fields: AmzFields): readonly string[] {
  const extras = new Set<string>();
  for (const name of fields.keys()) {
    if (isAcl(name)) extras.add('PutObjectAcl');
    if (name === 'x-amz-tagging') extras.add('PutObjectTagging');
    if (name === 'x-amz-object-annotation-directive') extras.add('PutObjectAnnotation');
    if (!name.startsWith('x-amz-object-lock-')) continue;
    if (!/-(?:mode|retain-until-date)$/.test(name)) extras.add('PutObjectLegalHold');
    if (!/-legal-hold$/.test(name)) extras.add('PutObjectRetention');
  }
  return [...extras];
}

/** The same of the creation of a bucket. */
export function extrasOfBucket(fields: AmzFields): readonly string[] {
  const extras = new Set<string>();
  for (const [name, value] of fields) {
    if (isAcl(name)) extras.add('PutBucketAcl');
    if (name === 'x-amz-object-ownership') extras.add('PutBucketOwnershipControls');
    if (name !== 'x-amz-bucket-object-lock-enabled' || value === 'false') continue;
    extras.add('PutBucketObjectLockConfiguration').add('PutBucketVersioning');
  }
  return [...extras];
}

function isAcl(name: string): boolean {
  return name === 'x-amz-acl' || name.startsWith('x-amz-grant-');
}

/** Whether the request asks to get past a retention in governance mode. */
export function isBypassing(fields: AmzFields): boolean {
  const value = fields.get('x-amz-bypass-governance-retention');
  return value !== undefined && value !== 'false';
}
