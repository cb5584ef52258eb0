import { type AgentRequest, type Denial, getHeader, type LocalResponse } from '@pai/core';
import { cborMap } from './deny/cbor.ts';
import { sentenceOf } from './deny/sentence.ts';
import { type Wire, type WireHints, wireOf } from './deny/wire.ts';
import { type XmlContent, xmlDocument } from './xml.ts';

/**
 * A denial or refusal as the service would say it in the protocol that the client speaks, so that SDKs raise their usual
 * error with our sentence in it, and try again only what may pass. `hintsOf` says what is known of a request beside itself.
 */
export function createDeny(
  hintsOf: (request: AgentRequest) => WireHints,
): (denial: Denial, request: AgentRequest) => LocalResponse {
  return (denial, request) => {
    const hints = hintsOf(request);
    const wire = wireOf(request, hints);
    const { status } = denial;
    const fault = faultOf(denial);
    const { headers, body } = render(wire, fault);
    const isBare = request.method === 'HEAD';
    const hasLegacy = getHeader(request.headers, 'x-amzn-query-mode') === 'true';
    const legacy = hasLegacy ? [queryError, `${fault.code};${fault.side}`] : [];
    return { status, headers: [...headers, ...legacy], body: isBare ? '' : body };
  };
}

function faultOf(denial: Denial): Fault {
  return {
    code: codeOf(denial.status),
    side: denial.status < 500 ? 'Sender' : 'Receiver',
    message: sentenceOf(denial),
    id: denial.requestId,
    isDenial: denial.decision === 'deny',
  };
}

/** None of them makes an SDK correct its clock, or slow down for good. */
function codeOf(status: number): string {
  if (status >= 500) return 'ServiceUnavailable';
  return status === 403 ? 'AccessDenied' : 'InvalidRequest';
}

/** For services that have left the query protocol behind, and clients that still want its codes. */
const queryError = 'x-amzn-query-error';

interface Fault {
  readonly code: string;
  /** Whose fault it is, in the words of the query protocol. */
  readonly side: 'Sender' | 'Receiver';
  readonly message: string;
  readonly id: string;
  readonly isDenial: boolean;
}

type Rendered = Pick<LocalResponse, 'headers' | 'body'>;

function render(wire: Wire, fault: Fault): Rendered {
  switch (wire) {
    case 's3':
      return s3(fault);
    case 'ec2':
      return ec2(fault);
    case 'query':
    case 'rest-xml':
      return wrapped(fault);
    case 'cbor':
      return cbor(fault);
    case 'json-1.0':
    case 'json-1.1':
      return json(fault, `application/x-amz-${wire}`);
    case 'rest-json':
      return json(fault, 'application/json');
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
function s3({ code, message, id }: Fault): Rendered {
  const content = { Code: code, Message: message, RequestId: id, HostId: id };
  return xml('application/xml', xmlDocument('Error', content), ['x-amz-request-id', id, 'x-amz-id-2', id]);
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
function ec2({ code, message, id, isDenial }: Fault): Rendered {
  const Code = code === 'AccessDenied' ? 'UnauthorizedOperation' : code;
  const Message = isDenial ? `You are not authorized to perform this operation. ${message}` : message;
  const content = { Errors: { Error: { Code, Message } }, RequestID: id };
  return xml('text/xml;charset=UTF-8', xmlDocument('Response', content), ['x-amzn-requestid', id]);
}

/** Smithy: AWS query protocol and AWS restXml protocol, errors. */
function wrapped({ code, side, message, id }: Fault): Rendered {
  const content: XmlContent = { Error: { Type: side, Code: code, Message: message }, RequestId: id };
  const document = xmlDocument('ErrorResponse', content);
  return xml('text/xml', document, ['x-amzn-requestid', id]);
}

function xml(type: string, body: string, headers: readonly string[]): Rendered {
  return { headers: ['content-type', type, ...headers], body };
}

/** Smithy: AWS JSON and restJson protocols, errors. Services differ in the case of the message's name; SDKs read both. */
function json({ code, message, id }: Fault, type: string): Rendered {
  const exception = `${code}Exception`;
  return {
    headers: ['content-type', type, 'x-amzn-errortype', exception, 'x-amzn-requestid', id],
    body: JSON.stringify({ __type: exception, message, Message: message }),
  };
}

/** Smithy: RPC v2 CBOR protocol, errors. */
function cbor({ code, message, id }: Fault): Rendered {
  return {
    headers: ['content-type', 'application/cbor', 'smithy-protocol', 'rpc-v2-cbor', 'x-amzn-requestid', id],
    body: cborMap({ __type: `${code}Exception`, message }),
  };
}
