import type { Judged } from '../../../packages/provider-aws/test/sweep/record.ts';
import { resourceTypes } from './arns.ts';
import { type ClientOperation, type ClientPackage, loadClient, recordWithLabels } from './capture.ts';
import { expectedResource, inputFor, valueFor } from './inputs.ts';
import { expectedActions, type IamData } from './names.ts';

/** What a walk over clients found. */
export interface Walk {
  readonly judged: readonly Judged[];
  /** Calls that the client itself refused to send, with its reason. */
  readonly failed: readonly string[];
}

/** Calls every operation of the installed clients `names`, and says of each request what it should be called. */
export async function walkClients(root: string, names: readonly string[], iam: IamData): Promise<Walk> {
  const judged: Judged[] = [];
  const failed: string[] = [];
  for (const name of names) {
    const client = loadClient(root, name);
    for (const operation of client.operations) {
      const call = await judgedCall(iam, client, operation.name).catch((error) => String(error));
      if (typeof call === 'string') failed.push(`${name} ${operation.name}: ${call}`);
      else judged.push(call);
    }
  }
  return { judged, failed };
}

async function judgedCall(iam: IamData, client: ClientPackage, operation: string): Promise<Judged> {
  const { signingName } = client;
  const schema = client.operations.find(({ name }) => name === operation)?.input;
  const named = { client: client.name, operation, method: '', url: '', headers: {}, body: '', scope: '' };
  const types = expectedActions(iam, named, signingName).flatMap((action) => resourceTypes(iam, action));
  const input = schema === undefined ? {} : inputFor(client.name, operation, schema, types);
  const request =
    schema === undefined
      ? await recordWithLabels(client, operation, valueFor(client.name, operation, types))
      : await client.record(operation, input, optionsFor(client.name, operation));
  const actions = expectedActions(iam, request, request.scope.split('/')[1] ?? signingName);
  // On outposts a bucket's ARN is another one; and a function with a qualifier is that version of it.
  const isElsewhere =
    client.name === 'client-s3-control' || (client.name === 'client-lambda' && 'Qualifier' in input);
  const resource = actions.length === 1 && !isElsewhere ? expectedResource(input, types) : undefined;
  return { ...request, actions, ...(resource === undefined ? {} : { resource }) };
}

function optionsFor(client: string, operation: string): object {
  if (client === 'client-apigatewaymanagementapi') {
    return { endpoint: 'https://a1b2c3.execute-api.eu-west-1.amazonaws.com/prod' };
  }
  return client === 'client-s3' && operation === 'RenameObject' ? { disableS3ExpressSessionAuth: true } : {};
}

/** Where else clients may believe to be: every partition, and the other kinds of endpoint. */
const places: readonly { readonly region: string; readonly [option: string]: unknown }[] = [
  { region: 'us-east-1' },
  { region: 'cn-north-1' },
  { region: 'us-gov-west-1' },
  { region: 'us-iso-east-1' },
  { region: 'us-isob-east-1' },
  { region: 'eu-isoe-west-1' },
  { region: 'us-isof-south-1' },
  { region: 'eusc-de-east-1' },
  { region: 'us-west-2', useFipsEndpoint: true },
  { region: 'us-west-2', useDualstackEndpoint: true },
  { region: 'us-east-2', useFipsEndpoint: true, useDualstackEndpoint: true },
  { region: 'us-gov-east-1', useFipsEndpoint: true },
  { region: 'cn-northwest-1', useDualstackEndpoint: true },
];

/** Calls one operation of every client from each of these places, which is where its rules of endpoints lead. */
export async function walkPlaces(root: string, names: readonly string[], iam: IamData): Promise<Walk> {
  const judged = new Map<string, Judged>();
  for (const name of names) {
    const client = loadClient(root, name);
    const operation = simplestOf(client);
    if (operation === undefined || name === 'client-apigatewaymanagementapi') continue;
    for (const place of places) {
      const input = inputFor(name, operation.name, operation.input ?? 'unit', []);
      const request = await client.record(operation.name, input, place).catch(() => undefined);
      const host = request?.url.replace(/\/.*/, '');
      // A few hosts serve more than one partition: the first of the places is theirs.
      if (request === undefined || host === undefined || judged.has(host)) continue;
      const actions = expectedActions(iam, request, request.scope.split('/')[1] ?? client.signingName);
      judged.set(host, { ...request, actions });
    }
  }
  return { judged: [...judged.values()], failed: [] };
}

/** The operation that needs least; ARNs would name a region of their own. Clients without schemas are too old to know all partitions. */
function simplestOf({ name, operations }: ClientPackage): ClientOperation | undefined {
  const sizeOf = ({ name: operation, input }: ClientOperation) =>
    JSON.stringify(Object.keys(inputFor(name, operation, input ?? 'unit', []))).length;
  return operations.filter(({ input }) => input !== undefined).toSorted((a, b) => sizeOf(a) - sizeOf(b))[0];
}
