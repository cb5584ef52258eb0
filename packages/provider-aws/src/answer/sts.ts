import {
  type AgentRequest,
  getHeader,
  type LocalResponse,
  PaiError,
  printable,
  readParameters,
  singleValue,
} from '@pai/core';
import { type XmlContent, xmlDocument } from '../xml.ts';
import { type PlaceholderSession, placeholderSession } from './session.ts';

/** Bytes of a form that are read: a token of SAML has up to 100,000 characters, more when they are encoded. */
const mostBytes = 1_048_576;

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Operations that answer with credentials, and what stands beside those. */
const operations: Readonly<Record<string, (ask: Asking) => XmlContent>> = {
  AssumeRole: (ask) => ({ AssumedRoleUser: assumedRole(ask) }),
  AssumeRoleWithSAML: (ask) => ({
    Subject: 'placeholder',
    AssumedRoleUser: assumedRole(ask),
    SubjectType: 'transient',
    Audience: 'https://signin.aws.amazon.com/saml',
  }),
  AssumeRoleWithWebIdentity: (ask) => ({
    SubjectFromWebIdentityToken: 'placeholder',
    AssumedRoleUser: assumedRole(ask),
  }),
  AssumeRoot: () => ({}),
  GetDelegatedAccessToken: () => ({}),
  GetFederationToken: ({ value, provider }) => ({
    FederatedUser: {
      FederatedUserId: `placeholder:${value('Name') ?? provider}`,
      Arn: `arn:aws:sts::000000000000:federated-user/${value('Name') ?? provider}`,
    },
  }),
  GetSessionToken: () => ({}),
};

interface Asking {
  readonly provider: string;
  /** A parameter, when it has one value. */
  readonly value: (name: string) => string | undefined;
}

/**
 * Answers a request for temporary credentials with placeholders, as STS would; undefined for other operations of STS.
 * Throws `malformed_request` or `body_too_large` for a request that could be taken for such a one, and is none.
 */
export async function answerSts(
  request: AgentRequest,
  provider: string,
  now: () => number,
): Promise<LocalResponse | undefined> {
  const named = await readOperation(request);
  if (named === undefined) return undefined;
  const { operation, value } = named;
  const session = placeholderSession(provider, now());
  const result: XmlContent = {
    Credentials: credentialsOf(session),
    ...(operations[operation]?.({ provider, value }) as object),
  };
  const body = xmlDocument(
    `${operation}Response`,
    { [`${operation}Result`]: result, ResponseMetadata: { RequestId: request.id } },
    namespace,
  );
  const headers = ['content-type', 'text/xml', 'x-amzn-requestid', request.id];
  return { status: 200, headers, body };
}

function credentialsOf(session: PlaceholderSession): XmlContent {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: session.expiration,
  };
}

/** The account and the name are those of the role that the agent asked for: some SDKs read the account there. */
function assumedRole({ value }: Asking): XmlContent {
  const role = /^arn:([a-z-]+):iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(value('RoleArn') ?? '');
  const [partition, account, name] = role?.slice(1) ?? ['aws', '000000000000', 'placeholder'];
  const session = value('RoleSessionName') ?? 'placeholder';
  return {
    AssumedRoleId: `placeholder:${session}`,
    Arn: `arn:${partition}:sts::${account}:assumed-role/${name}/${session}`,
  };
}

interface Named extends Pick<Asking, 'value'> {
  readonly operation: string;
}

/** The query protocol, as form or as query. Whatever names one of the operations in any other way is refused. */
async function readOperation(request: AgentRequest): Promise<Named | undefined> {
  if (!(await isSuspect(request))) return undefined;
  const { method, path, headers } = request;
  const parameters = await readParameters(request, mostBytes);
  const operation = singleValue(parameters, 'Action');
  const isQuery =
    path === '/' &&
    (method === 'POST' || method === 'GET') &&
    getHeader(headers, 'x-amz-target') === undefined &&
    parameters.every(({ place }) => place === 'form' || place === 'query');
  if (!isQuery || typeof operation !== 'string') {
    throw new PaiError(
      'malformed_request',
      'the request could be taken for one of STS for credentials, and is not in the query protocol; send Action once, in a form or in the query',
    );
  }
  if (!Object.hasOwn(operations, operation)) {
    if (!issuing.test(operation)) return undefined;
    throw new PaiError(
      'malformed_request',
      `${printable(operation)} is no operation of STS; write it as AWS does`,
    );
  }
  const value = (name: string) => {
    const found = singleValue(parameters, name);
    return typeof found === 'string' && found !== '' ? found : undefined;
  };
  return { operation, value };
}

const issuing = new RegExp(`^(?:${Object.keys(operations).join('|')})$`, 'i');
const mention = new RegExp(Object.keys(operations).join('|'), 'i');

/** Whether the request mentions one of the operations, anywhere and however encoded, or has content that cannot be read. */
async function isSuspect({ target, headers, body }: AgentRequest): Promise<boolean> {
  const content = body.length === 0 ? '' : (await body.bytes(mostBytes)).toString('latin1');
  const isEncoded = getHeader(headers, 'content-encoding') !== undefined;
  const text = [target, ...headers, content].join('\n');
  return (isEncoded && content !== '') || mention.test(text) || mention.test(decodeEscapes(text));
}

function decodeEscapes(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
