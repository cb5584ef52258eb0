import { createService, type ServiceModel } from './catalogue.ts';

/**
 * Services that most hosts have beside their own (AIP-151, AIP-211; google/longrunning/operations.proto,
 * google/iam/v1/iam_policy.proto, google/cloud/location/locations.proto).
 */
export const mixins: ReadonlyMap<string, ServiceModel> = new Map([
  [
    'google.longrunning.Operations',
    createService([
      'ListOperations||%.operations.list@{4=**}#',
      'GetOperation||%.operations.get@{1=**}',
      'DeleteOperation||%.operations.delete@{1=**}',
      'CancelOperation||%.operations.cancel@{1=**}',
      'WaitOperation||%.operations.wait@{1=**}',
    ]),
  ],
  [
    'google.iam.v1.IAMPolicy',
    createService([
      'SetIamPolicy||%.$.setIamPolicy@{1=**}',
      'GetIamPolicy||%.$.getIamPolicy@{1=**}',
      'TestIamPermissions||%.$.testIamPermissions@{1=**}',
    ]),
  ],
  [
    'google.cloud.location.Locations',
    createService(['ListLocations||%.locations.list@{1=**}#', 'GetLocation||%.locations.get@{1=**}']),
  ],
]);
