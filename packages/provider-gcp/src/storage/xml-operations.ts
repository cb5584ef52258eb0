/** What a method on a bucket or an object means in the XML API, by its sub-resource. */
export interface XmlOperation {
  /** Permissions without `storage.`. */
  readonly needs: readonly string[];
  /** It reads the names of objects; or only whether and where the bucket is. */
  readonly reads?: 'keys' | 'existence';
  /** What else decides: fields of the header, or the content. */
  readonly asks?: 'fields' | 'deletions' | 'components' | 'resumable';
}

const one = (...needs: readonly string[]): XmlOperation => ({ needs });

/** The configurations of a bucket: reading one is `buckets.get`, writing or deleting one `buckets.update`. */
const configurations = [
  'autoclass billing cors encryption encryptionConfig ipFilter lifecycle logging notification object-lock',
  'publicAccessBlock requestPayment storageClass tagging versioning website',
].flatMap((line) => line.split(' '));

/** `METHOD` or `METHOD sub-resource` on a bucket (Cloud Storage documentation, "IAM permissions for XML requests"). */
const onBucket: ReadonlyMap<string, XmlOperation> = new Map([
  ['GET', { needs: ['objects.list'], reads: 'keys' }],
  ['GET list-type', { needs: ['objects.list'], reads: 'keys' }],
  ['GET versions', { needs: ['objects.list'], reads: 'keys' }],
  ['GET uploads', { needs: ['multipartUploads.list'], reads: 'keys' }],
  ['HEAD', { needs: ['buckets.get'], reads: 'existence' }],
  ['GET location', { needs: ['buckets.get'], reads: 'existence' }],
  ['PUT', { needs: ['buckets.create'], asks: 'fields' }],
  ['DELETE', one('buckets.delete')],
  ['POST delete', { needs: ['objects.delete'], asks: 'deletions' }],
  ...['acl', 'defaultObjectAcl', 'policy'].flatMap((name): [string, XmlOperation][] => [
    [`GET ${name}`, one('buckets.getIamPolicy')],
    [`PUT ${name}`, one('buckets.setIamPolicy')],
    [`DELETE ${name}`, one('buckets.setIamPolicy')],
  ]),
  ...configurations.flatMap((name): [string, XmlOperation][] => [
    [`GET ${name}`, one('buckets.get')],
    [`PUT ${name}`, one('buckets.update', ...(name === 'ipFilter' ? ['buckets.setIpFilter'] : []))],
    [`DELETE ${name}`, one('buckets.update', ...(name === 'ipFilter' ? ['buckets.setIpFilter'] : []))],
  ]),
]);

const upload = ['multipartUploads.create', 'objects.create'];

/** The same on an object. */
const onObject: ReadonlyMap<string, XmlOperation> = new Map([
  ['GET', one('objects.get')],
  ['HEAD', one('objects.get')],
  ['PUT', { needs: ['objects.create'], asks: 'fields' }],
  ['DELETE', one('objects.delete')],
  ['POST', { needs: ['objects.create'], asks: 'resumable' }],
  ['PUT upload_id', one('objects.create')],
  ['DELETE upload_id', one('objects.create')],
  ['PUT compose', { needs: ['objects.create'], asks: 'components' }],
  ['GET acl', one('objects.getIamPolicy')],
  ['PUT acl', one('objects.setIamPolicy')],
  ['GET encryption', one('objects.get')],
  ['GET retention', one('objects.get')],
  ['PUT retention', one('objects.setRetention', 'objects.update')],
  ['GET legal-hold', one('objects.get')],
  ['PUT legal-hold', one('objects.update')],
  ['GET tagging', one('objects.get')],
  ['PUT tagging', one('objects.update')],
  ['DELETE tagging', one('objects.update')],
  ['POST uploads', { needs: upload, asks: 'fields' }],
  ['PUT uploadId', { needs: upload, asks: 'fields' }],
  ['POST uploadId', one(...upload)],
  ['GET uploadId', one('multipartUploads.listParts')],
  ['DELETE uploadId', one('multipartUploads.abort')],
]);

/** The operation of a method and a sub-resource (`''` for none); undefined for what the XML API does not have. */
export function findXmlOperation(
  method: string,
  selector: string,
  isObject: boolean,
): XmlOperation | undefined {
  return (isObject ? onObject : onBucket).get(selector === '' ? method : `${method} ${selector}`);
}
