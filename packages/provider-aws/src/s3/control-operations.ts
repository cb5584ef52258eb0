/** One operation of S3 Control (Amazon S3 API Reference, 2018-08-20). */
export interface ControlOperation {
  readonly method: string;
  /** Below `/v20180820/`; `{Name}` is one segment, `{Name+}` is any number. */
  readonly path: readonly string[];
  /** The name of IAM's action, without prefix. */
  readonly action: string;
  /** The last part of the ARN, with the path's names; a whole ARN by one name; undefined where the request names no resource. */
  readonly resource?: string;
}

/** Method, path, action, resource (`-` for none): Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3". */
const rows = `
POST accessgrantsinstance/identitycenter AssociateAccessGrantsIdentityCenter access-grants/default
DELETE accessgrantsinstance/identitycenter DissociateAccessGrantsIdentityCenter access-grants/default
POST accessgrantsinstance/grant CreateAccessGrant -
GET accessgrantsinstance/grant/{Id} GetAccessGrant access-grants/default/grant/{Id}
DELETE accessgrantsinstance/grant/{Id} DeleteAccessGrant access-grants/default/grant/{Id}
GET accessgrantsinstance/grants ListAccessGrants access-grants/default
POST accessgrantsinstance CreateAccessGrantsInstance access-grants/default
GET accessgrantsinstance GetAccessGrantsInstance access-grants/default
DELETE accessgrantsinstance DeleteAccessGrantsInstance access-grants/default
GET accessgrantsinstances ListAccessGrantsInstances -
POST accessgrantsinstance/location CreateAccessGrantsLocation -
GET accessgrantsinstance/location/{Id} GetAccessGrantsLocation access-grants/default/location/{Id}
PUT accessgrantsinstance/location/{Id} UpdateAccessGrantsLocation access-grants/default/location/{Id}
DELETE accessgrantsinstance/location/{Id} DeleteAccessGrantsLocation access-grants/default/location/{Id}
GET accessgrantsinstance/locations ListAccessGrantsLocations access-grants/default
GET accessgrantsinstance/resourcepolicy GetAccessGrantsInstanceResourcePolicy access-grants/default
PUT accessgrantsinstance/resourcepolicy PutAccessGrantsInstanceResourcePolicy access-grants/default
DELETE accessgrantsinstance/resourcepolicy DeleteAccessGrantsInstanceResourcePolicy access-grants/default
GET accessgrantsinstance/prefix GetAccessGrantsInstanceForPrefix access-grants/default
GET accessgrantsinstance/dataaccess GetDataAccess -
GET accessgrantsinstance/caller/grants ListCallerAccessGrants access-grants/default
GET accesspoint ListAccessPoints -
GET accesspointfordirectory ListAccessPointsForDirectoryBuckets -
PUT accesspoint/{Name} CreateAccessPoint accesspoint/{Name}
GET accesspoint/{Name} GetAccessPoint accesspoint/{Name}
DELETE accesspoint/{Name} DeleteAccessPoint accesspoint/{Name}
GET accesspoint/{Name}/policy GetAccessPointPolicy accesspoint/{Name}
PUT accesspoint/{Name}/policy PutAccessPointPolicy accesspoint/{Name}
DELETE accesspoint/{Name}/policy DeleteAccessPointPolicy accesspoint/{Name}
GET accesspoint/{Name}/policyStatus GetAccessPointPolicyStatus accesspoint/{Name}
GET accesspoint/{Name}/scope GetAccessPointScope accesspoint/{Name}
PUT accesspoint/{Name}/scope PutAccessPointScope accesspoint/{Name}
DELETE accesspoint/{Name}/scope DeleteAccessPointScope accesspoint/{Name}
GET accesspointforobjectlambda ListAccessPointsForObjectLambda -
PUT accesspointforobjectlambda/{Name} CreateAccessPointForObjectLambda lambda:{Name}
GET accesspointforobjectlambda/{Name} GetAccessPointForObjectLambda lambda:{Name}
DELETE accesspointforobjectlambda/{Name} DeleteAccessPointForObjectLambda lambda:{Name}
GET accesspointforobjectlambda/{Name}/configuration GetAccessPointConfigurationForObjectLambda lambda:{Name}
PUT accesspointforobjectlambda/{Name}/configuration PutAccessPointConfigurationForObjectLambda lambda:{Name}
GET accesspointforobjectlambda/{Name}/policy GetAccessPointPolicyForObjectLambda lambda:{Name}
PUT accesspointforobjectlambda/{Name}/policy PutAccessPointPolicyForObjectLambda lambda:{Name}
DELETE accesspointforobjectlambda/{Name}/policy DeleteAccessPointPolicyForObjectLambda lambda:{Name}
GET accesspointforobjectlambda/{Name}/policyStatus GetAccessPointPolicyStatusForObjectLambda lambda:{Name}
GET bucket ListRegionalBuckets -
PUT bucket/{Name} CreateBucket bucket/{Name}
GET bucket/{Name} GetBucket bucket/{Name}
DELETE bucket/{Name} DeleteBucket bucket/{Name}
GET bucket/{Name}/lifecycleconfiguration GetLifecycleConfiguration bucket/{Name}
PUT bucket/{Name}/lifecycleconfiguration PutLifecycleConfiguration bucket/{Name}
DELETE bucket/{Name}/lifecycleconfiguration PutLifecycleConfiguration bucket/{Name}
GET bucket/{Name}/policy GetBucketPolicy bucket/{Name}
PUT bucket/{Name}/policy PutBucketPolicy bucket/{Name}
DELETE bucket/{Name}/policy DeleteBucketPolicy bucket/{Name}
GET bucket/{Name}/replication GetReplicationConfiguration bucket/{Name}
PUT bucket/{Name}/replication PutReplicationConfiguration bucket/{Name}
DELETE bucket/{Name}/replication PutReplicationConfiguration bucket/{Name}
GET bucket/{Name}/tagging GetBucketTagging bucket/{Name}
PUT bucket/{Name}/tagging PutBucketTagging bucket/{Name}
DELETE bucket/{Name}/tagging PutBucketTagging bucket/{Name}
GET bucket/{Name}/versioning GetBucketVersioning bucket/{Name}
PUT bucket/{Name}/versioning PutBucketVersioning bucket/{Name}
GET configuration/publicAccessBlock GetAccountPublicAccessBlock -
PUT configuration/publicAccessBlock PutAccountPublicAccessBlock -
DELETE configuration/publicAccessBlock PutAccountPublicAccessBlock -
GET jobs ListJobs -
POST jobs CreateJob -
GET jobs/{Id} DescribeJob job/{Id}
POST jobs/{Id}/priority UpdateJobPriority job/{Id}
POST jobs/{Id}/status UpdateJobStatus job/{Id}
GET jobs/{Id}/tagging GetJobTagging job/{Id}
PUT jobs/{Id}/tagging PutJobTagging job/{Id}
DELETE jobs/{Id}/tagging DeleteJobTagging job/{Id}
POST async-requests/mrap/create CreateMultiRegionAccessPoint -
POST async-requests/mrap/delete DeleteMultiRegionAccessPoint -
POST async-requests/mrap/put-policy PutMultiRegionAccessPointPolicy -
GET async-requests/mrap/{Arn+} DescribeMultiRegionAccessPointOperation {Arn}
GET mrap/instances ListMultiRegionAccessPoints -
GET mrap/instances/{Name} GetMultiRegionAccessPoint -
GET mrap/instances/{Name}/policy GetMultiRegionAccessPointPolicy -
GET mrap/instances/{Name}/policystatus GetMultiRegionAccessPointPolicyStatus -
GET mrap/instances/{Arn+}/routes GetMultiRegionAccessPointRoutes {Arn}
PATCH mrap/instances/{Arn+}/routes SubmitMultiRegionAccessPointRoutes {Arn}
GET storagelens ListStorageLensConfigurations -
GET storagelens/{Id} GetStorageLensConfiguration storage-lens/{Id}
PUT storagelens/{Id} PutStorageLensConfiguration storage-lens/{Id}
DELETE storagelens/{Id} DeleteStorageLensConfiguration storage-lens/{Id}
GET storagelens/{Id}/tagging GetStorageLensConfigurationTagging storage-lens/{Id}
PUT storagelens/{Id}/tagging PutStorageLensConfigurationTagging storage-lens/{Id}
DELETE storagelens/{Id}/tagging DeleteStorageLensConfigurationTagging storage-lens/{Id}
GET storagelensgroup ListStorageLensGroups -
POST storagelensgroup CreateStorageLensGroup -
GET storagelensgroup/{Name} GetStorageLensGroup storage-lens-group/{Name}
PUT storagelensgroup/{Name} UpdateStorageLensGroup storage-lens-group/{Name}
DELETE storagelensgroup/{Name} DeleteStorageLensGroup storage-lens-group/{Name}
GET tags/{Arn+} ListTagsForResource {Arn}
POST tags/{Arn+} TagResource {Arn}
DELETE tags/{Arn+} UntagResource {Arn}
`;

/** Every operation, in the order in which paths are tried. */
const operations: readonly ControlOperation[] = rows
  .trim()
  .split('\n')
  .map((row) => {
    const [method = '', path = '', action = '', resource = '-'] = row.split(' ');
    return { method, path: path.split('/'), action, ...(resource !== '-' && { resource }) };
  });

/** An operation with what stands for the names in its path. */
export interface ControlMatch {
  readonly operation: ControlOperation;
  readonly names: ReadonlyMap<string, string>;
}

/** The operation of a method and of the segments below `/v20180820/`. */
export function findControlOperation(method: string, segments: readonly string[]): ControlMatch | undefined {
  for (const operation of operations) {
    if (operation.method !== method) continue;
    const names = matchPath(operation.path, segments);
    if (names !== undefined) return { operation, names };
  }
  return undefined;
}

function matchPath(path: readonly string[], segments: readonly string[]): Map<string, string> | undefined {
  const names = new Map<string, string>();
  const greedy = path.findIndex((part) => part.endsWith('+}'));
  const spare = segments.length - path.length;
  if (spare < 0 || (greedy === -1 && spare > 0)) return undefined;
  let at = 0;
  for (const [i, part] of path.entries()) {
    const end = at + (i === greedy ? spare + 1 : 1);
    const text = segments.slice(at, end).join('/');
    const [, name] = /^\{(\w+)\+?\}$/.exec(part) ?? [];
    if (name === undefined && text !== part) return undefined;
    if (name !== undefined) names.set(name, text);
    at = end;
  }
  return names;
}
