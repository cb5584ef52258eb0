import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bodyText, type Judged, type Recorded } from '../../../packages/provider-aws/test/sweep/record.ts';
import { resourceTypes } from './arns.ts';
import { keptHeaders, withoutSignatures } from './capture.ts';
import { region, valueFor, writtenInput } from './inputs.ts';
import { expectedActions, type IamData } from './names.ts';
import type { Walk } from './walk.ts';

/** A shape of the second SDK's models. */
interface ShapeV2 {
  readonly type: string;
  readonly name?: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, ShapeV2>>;
  readonly member?: ShapeV2;
  readonly value?: ShapeV2;
  readonly location?: string;
  readonly isIdempotent?: boolean;
}

interface RequestV2 {
  readonly httpRequest: {
    readonly method: string;
    readonly path: string;
    readonly endpoint: { readonly host: string };
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Uint8Array | undefined;
  };
  readonly response: { readonly error: Error | null };
  on(event: 'complete', listener: () => void): void;
  build(done: () => void): void;
}

interface ServiceV2 {
  readonly api: {
    readonly operations: Readonly<Record<string, { readonly name: string; readonly input: ShapeV2 }>>;
    readonly signingName?: string;
    readonly endpointPrefix: string;
  };
  makeRequest(operation: string, input: object): RequestV2;
}

interface ServiceClassV2 {
  new (options: object): ServiceV2;
  readonly serviceIdentifier?: string;
  readonly apiVersions?: readonly string[];
}

/** Services that take a token of their own, or a signature of before 2012. */
const unsigned: ReadonlySet<string> = new Set([
  'CodeCatalyst',
  'ConnectParticipant',
  'ImportExport',
  'SSO',
  'SSOOIDC',
  'SimpleDB',
]);

/** What S3 added after this SDK's endpoints were made: it sends them where they are something else. */
const misled = /^v2 S3 \S+ (?:createSession|listDirectoryBuckets|writeGetObjectResponse)$/;

/** Builds a request for every operation of every API version of `aws-sdk` 2, which is installed below `root`. */
export async function walkSdkV2(root: string, iam: IamData): Promise<Walk> {
  process.env['AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE'] = '1';
  const sdk = createRequire(join(root, 'package.json'))('aws-sdk') as Record<string, ServiceClassV2>;
  const judged: Judged[] = [];
  const failed: string[] = [];
  for (const name of Object.keys(sdk)) {
    const createService = sdk[name];
    if (createService?.serviceIdentifier === undefined || unsigned.has(name)) continue;
    for (const version of createService.apiVersions ?? []) {
      if (version.endsWith('*')) continue;
      const service = new createService(offline(name, version));
      for (const operation of Object.keys(service.api.operations)) {
        if (misled.test(`v2 ${name} ${version} ${operation}`)) continue;
        const call = await callOf(service, `v2 ${name} ${version}`, operation, iam).catch(String);
        if (typeof call === 'string') failed.push(`v2 ${name} ${version} ${operation}: ${call}`);
        else judged.push({ ...call, actions: expectedActions(iam, call, signingNameOf(service, call)) });
      }
    }
  }
  return { judged, failed };
}

function signingNameOf({ api }: ServiceV2, { scope }: Recorded): string {
  const [, signed] = scope.split('/');
  return signed ?? api.signingName ?? api.endpointPrefix;
}

function offline(name: string, version: string): object {
  const endpoint = endpoints[name];
  return {
    apiVersion: version,
    region,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'placeholder' },
    paramValidation: false,
    convertResponseTypes: false,
    hostPrefixEnabled: true,
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

/** Of services that are asked for the caller's endpoint first. */
const endpoints: Readonly<Record<string, string>> = {
  ApiGatewayManagementApi: `https://a1b2c3.execute-api.${region}.amazonaws.com/prod`,
  CloudSearchDomain: `https://search-domain-1-a1b2c3.${region}.cloudsearch.amazonaws.com`,
  IotData: `https://data-ats.iot.${region}.amazonaws.com`,
  IoTJobsDataPlane: `https://data.jobs.iot.${region}.amazonaws.com`,
  KinesisVideoArchivedMedia: `https://b-12345678.kinesisvideo.${region}.amazonaws.com`,
  KinesisVideoMedia: `https://s-12345678.kinesisvideo.${region}.amazonaws.com`,
  KinesisVideoSignalingChannels: `https://r-12345678.kinesisvideo.${region}.amazonaws.com`,
  MediaStoreData: `https://a1b2c3.data.mediastore.${region}.amazonaws.com`,
  TimestreamQuery: `https://query-cell1.timestream.${region}.amazonaws.com`,
  TimestreamWrite: `https://ingest-cell1.timestream.${region}.amazonaws.com`,
};

async function callOf(service: ServiceV2, client: string, key: string, iam: IamData): Promise<Recorded> {
  const operation = service.api.operations[key];
  if (operation === undefined) throw new Error('no such operation');
  const named = { client, operation: operation.name, method: '', url: '', headers: {}, body: '', scope: '' };
  const actions = expectedActions(iam, named, signingNameOf(service, named));
  const types = actions.flatMap((action) => resourceTypes(iam, action));
  const input =
    writtenInput(client, operation.name) ??
    (sampleOf(operation.input, '', valueFor(client, operation.name, types), 0) as object);
  const request = service.makeRequest(key, input);
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((done, reject) => {
    request.on('complete', done);
    request.build(done);
    timer = setTimeout(() => reject(new Error('it does not come to an end')), 2_000);
  });
  clearTimeout(timer);
  if (request.response.error !== null) throw request.response.error;
  const { method, path, endpoint, headers, body } = request.httpRequest;
  const [, scope = ''] = /Credential=[^/]+\/\d+\/([^/]*\/[^/]*)\//.exec(headers['Authorization'] ?? '') ?? [];
  const content = body === undefined ? '' : typeof body === 'string' ? body : bodyText(body);
  return {
    client,
    operation: operation.name,
    method,
    url: `${endpoint.host}${path}`,
    headers: keptHeaders(headers),
    body: withoutSignatures(content),
    scope,
  };
}

function sampleOf(shape: ShapeV2, name: string, textFor: (member: string) => string, depth: number): unknown {
  if (depth > 12) return undefined;
  switch (shape.type) {
    case 'structure': {
      const given = Object.entries(shape.members ?? {}).filter(
        ([member, { location, isIdempotent }]) =>
          shape.required?.includes(member) || location === 'uri' || isIdempotent === true,
      );
      return Object.fromEntries(
        given.map(([member, node]) => [member, sampleOf(node, member, textFor, depth + 1)]),
      );
    }
    case 'list':
      return shape.member === undefined
        ? []
        : [sampleOf(shape.member, name.replace(/(?<!s)s$/, ''), textFor, depth + 1)];
    case 'map':
      return shape.value === undefined ? {} : { key: sampleOf(shape.value, name, textFor, depth + 1) };
    case 'binary':
      return Buffer.from('data');
    case 'boolean':
      return true;
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
    case 'bigdecimal':
      return 1;
    case 'timestamp':
      return new Date('2026-01-02T03:04:05Z');
    default:
      return textFor(name);
  }
}
