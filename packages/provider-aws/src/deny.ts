import { type AgentRequest, type Denial, getHeader, type LocalResponse } from '@pai/core';
import { cborMap } from './deny/cbor.ts';
import { sentenceOf } from './deny/sentence.ts';
import { type Wire, type WireHints, wireOf } from './deny/wire.ts';
import { type XmlContent, xmlDocument } from './xml.ts';

/**
 * "Access denied" as the service would say it in the protocol that the client speaks, so that SDKs raise their usual
 * error with our sentence in it and do not try again. `hintsOf` says what is known of a request beside itself.
 */
export function createDeny(
  hintsOf: (request: AgentRequest) => WireHints,
): (denial: Denial, request: AgentRequest) => LocalResponse {
  return (denial, request) => {
    const hints = hintsOf(request);
    const wire = wireOf(request, hints);
    const sentence = sentenceOf(denial);
    const { headers, body } = render(wire, sentence, denial.requestId);
    const isBare = request.method === 'HEAD';
    const legacy = getHeader(request.headers, 'x-amzn-query-mode') === 'true' ? [queryError, queryCode] : [];
    return { status: 403, headers: [...headers, ...legacy], body: isBare ? '' : body };
  };
}

/** For services that have left the query protocol behind, and clients that still want its codes. */
const queryError = 'x-amzn-query-error';
const queryCode = 'AccessDenied;Sender';

type Rendered = Pick<LocalResponse, 'headers' | 'body'>;

function render(wire: Wire, message: string, id: string): Rendered {
  switch (wire) {
    case 's3':
      return s3(message, id);
    case 'ec2':
      return ec2(message, id);
    case 'query':
    case 'rest-xml':
      return wrapped(message, id);
    case 'cbor':
      return cbor(message, id);
    case 'json-1.0':
    case 'json-1.1':
      return json(message, id, `application/x-amz-${wire}`);
    case 'rest-json':
      return json(message, id, 'application/json');
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
function s3(Message: string, id: string): Rendered {
  const content = { Code: 'AccessDenied', Message, RequestId: id, HostId: id };
  return xml('application/xml', xmlDocument('Error', content), ['x-amz-request-id', id, 'x-amz-id-2', id]);
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
function ec2(sentence: string, RequestID: string): Rendered {
  const Message = `You are not authorized to perform this operation. ${sentence}`;
  const content = { Errors: { Error: { Code: 'UnauthorizedOperation', Message } }, RequestID };
  return xml('text/xml;charset=UTF-8', xmlDocument('Response', content), ['x-amzn-requestid', RequestID]);
}

/** Smithy: AWS query protocol and AWS restXml protocol, errors. */
function wrapped(Message: string, RequestId: string): Rendered {
  const content: XmlContent = { Error: { Type: 'Sender', Code: 'AccessDenied', Message }, RequestId };
  const document = xmlDocument('ErrorResponse', content);
  return xml('text/xml', document, ['x-amzn-requestid', RequestId]);
}

function xml(type: string, body: string, headers: readonly string[]): Rendered {
  return { headers: ['content-type', type, ...headers], body };
}

const exception = 'AccessDeniedException';

/** Smithy: AWS JSON and restJson protocols, errors. Services differ in the case of the message's name; SDKs read both. */
function json(message: string, id: string, type: string): Rendered {
  return {
    headers: ['content-type', type, 'x-amzn-errortype', exception, 'x-amzn-requestid', id],
    body: JSON.stringify({ __type: exception, message, Message: message }),
  };
}

/** Smithy: RPC v2 CBOR protocol, errors. */
function cbor(message: string, id: string): Rendered {
  return {
    headers: ['content-type', 'application/cbor', 'smithy-protocol', 'rpc-v2-cbor', 'x-amzn-requestid', id],
    body: cborMap({ __type: exception, message }),
  };
}
