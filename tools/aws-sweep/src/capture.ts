import { createRequire } from 'node:module';
import { join } from 'node:path';
import { bodyText, type Recorded } from '../../../packages/provider-aws/test/sweep/record.ts';
import { operationsOf, type Schema } from './schema.ts';

/** What an SDK hands to its HTTP handler. */
interface WireRequest {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

type Constructor = new (
  options: object,
) => {
  readonly config: { readonly defaultSigningName?: string };
  send(command: object): Promise<unknown>;
};

/** A client's package, as it is installed somewhere. */
export interface ClientPackage {
  /** `client-sqs`. */
  readonly name: string;
  /** The service of its credential scope. */
  readonly signingName: string;
  readonly operations: readonly ClientOperation[];
  /** Sends one operation with placeholder credentials, and gives what came out; nothing reaches a network. */
  readonly record: (operation: string, input: Record<string, unknown>, options?: object) => Promise<Recorded>;
}

/** An operation of a client; its input's schema is missing in clients from before there were schemas. */
export interface ClientOperation {
  readonly name: string;
  readonly input: Schema | undefined;
}

/** Loads the installed package `@aws-sdk/<name>` from the `node_modules` below `root`. */
export function loadClient(root: string, name: string): ClientPackage {
  const require = createRequire(join(root, 'package.json'));
  const exports = require(`@aws-sdk/${name}`) as Record<string, unknown>;
  const [clientName = ''] = Object.keys(exports).filter((key) => /[^_]Client$/.test(key));
  const createClient = exports[clientName] as Constructor;
  const known = operationsOf(exports);
  const operations: ClientOperation[] = Object.keys(exports)
    .filter((key) => /^[A-Z]\w*Command$/.test(key))
    .map((key) => key.slice(0, -'Command'.length))
    .map((operation) => ({
      name: operation,
      input: known.find((schema) => schema.name === operation)?.input,
    }));

  return {
    name,
    signingName: new createClient(offline('', [])).config.defaultSigningName ?? '',
    operations,
    record: async (operation, input, options = {}) => {
      const wires: WireRequest[] = [];
      const client = new createClient({ ...offline(operation, wires), ...options });
      const command = new (exports[`${operation}Command`] as new (input: object) => object)(input);
      const failure = await client.send(command).then(
        () => undefined,
        (error: unknown) => error,
      );
      const wire = wires.at(-1);
      if (wire === undefined) throw failure ?? new Error(`${name} ${operation} sent nothing`);
      return recordOf(name, operation, wire);
    },
  };
}

/** Sends an operation without knowing its input: each member that the client misses in the path or query is added. */
export async function recordWithLabels(
  client: ClientPackage,
  operation: string,
  textFor: (member: string) => string,
): Promise<Recorded> {
  const input: Record<string, unknown> = {};
  for (let tries = 0; tries < 12; tries++) {
    try {
      return await client.record(operation, input);
    } catch (error) {
      const [, label, list] = /HTTP label: (\w+)|non-null value for (\w+)/.exec(String(error)) ?? [];
      const missing = label ?? list;
      if (missing === undefined || missing in input) throw error;
      input[missing] = label === undefined ? [textFor(missing)] : textFor(missing);
    }
  }
  throw new Error(`${client.name} ${operation} has too many labels`);
}

/** The handler keeps what it is given and ends the call, but for the look-up of endpoints that Timestream wants first. */
function offline(operation: string, wires: WireRequest[]): object {
  const handle = async (request: WireRequest) => {
    const target = request.headers['x-amz-target'] ?? '';
    if (target.endsWith('.DescribeEndpoints') && operation !== 'DescribeEndpoints') {
      return { response: discovered(request.hostname.replace(/^(\w+)\./, '$1-cell1.')) };
    }
    wires.push(request);
    throw new Error('captured');
  };
  const requestHandler = {
    handle,
    destroy: () => {},
    metadata: { handlerProtocol: 'h2' },
    httpHandlerConfigs: () => ({}),
    updateHttpClientConfig: () => {},
  };
  return {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'placeholder' },
    token: { token: 'placeholder' },
    maxAttempts: 1,
    requestHandler,
    // Bodies as they are: compression and made-up checksums say nothing of what a request means.
    disableRequestCompression: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  };
}

function discovered(address: string): object {
  const body = Buffer.from(JSON.stringify({ Endpoints: [{ Address: address, CachePeriodInMinutes: 60 }] }));
  return { statusCode: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
}

function recordOf(client: string, operation: string, wire: WireRequest): Recorded {
  const query = Object.entries(wire.query ?? {}).flatMap(([name, value]) =>
    value === null
      ? [escaped(name)]
      : [value].flat().map((one) => `${escaped(name)}=${escaped(String(one))}`),
  );
  const [, scope = ''] =
    /Credential=[^/]+\/\d+\/([^/]*\/[^/]*)\//.exec(wire.headers['authorization'] ?? '') ?? [];
  const { body } = wire;
  const bytes =
    typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : Buffer.alloc(0);
  return {
    client,
    operation,
    method: wire.method,
    url: `${wire.hostname}${wire.path}${query.length === 0 ? '' : `?${query.join('&')}`}`,
    headers: keptHeaders(wire.headers),
    body: withoutSignatures(bodyText(bytes)),
    scope,
  };
}

function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const dropped =
  /^(?:authorization|host|user-agent|x-amz-user-agent|amz-sdk-.*|x-amz-date|x-amz-content-sha256|content-length|x-amz-security-token|accept|:authority)$/i;

/** The headers of a request that may say what it does, in lower case. */
export function keptHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !dropped.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name.toLowerCase(), String(value)]).sort());
}

/** A text whose signatures and dates are always the same: a URL signed inside a body (copies between regions) would be another one each second. */
export function withoutSignatures(body: string): string {
  return body
    .replace(/(X-Amz-Signature(?:%3D|=))[0-9a-f]{64}/g, '$1'.padEnd(66, '0'))
    .replace(/\d{8}T\d{6}Z/g, '20260102T030405Z')
    .replace(/(?<=Credential(?:%3D|=)AKIDEXAMPLE(?:%252F|%2F|\/))\d{8}/g, '20260102');
}
