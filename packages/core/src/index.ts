export { type Answers, type AnswersOptions, createAnswers } from './answers.ts';
export { type AuditDecision, type AuditEvent, auditPrefix, openAudit, type RequestFacts } from './audit.ts';
export {
  type AuthInjector,
  basicInjector,
  type CredentialSlots,
  headerInjector,
  isFramingField,
  queryInjector,
} from './auth.ts';
export { type Body, type BodySource, bodyOf, createBody, emptyBody } from './body.ts';
export { canonicalJson, digestOf } from './canonical-json.ts';
export { commandIn } from './command.ts';
export { decodeUtf8, type MediaType, readDecoded, readMediaType } from './content.ts';
export type { Action, Actions, Decide, Denial, Resolution, Verdict } from './decision.ts';
export { type ErrorCode, errorStatus, isPaiError, PaiError, toPaiError } from './errors.ts';
export { readForm } from './form.ts';
export { expectsGrpc, grpcResponse, isGrpc, readGrpcStatus } from './grpc.ts';
export {
  deleteHeader,
  endToEnd,
  fieldKey,
  getHeader,
  getHeaders,
  type RawHeaders,
  type ReadonlyRawHeaders,
  setHeader,
  withoutHeaders,
} from './headers.ts';
export {
  type Authority,
  formatAuthority,
  type HostPattern,
  isAnswered,
  isPrivateAllowed,
  matchHost,
  parseAuthority,
  parseHostPattern,
  printable,
  rememberHosts,
} from './host.ts';
export { escapeUnits, formatJson, type JsonOptions, readJson } from './json-text.ts';
export type { Login, LoginContext, RenewSecret, SecretChange, SecretLookup } from './login.ts';
export type {
  AttachedProvider,
  Filtering,
  ForwardOutcome,
  Outcome,
  RespondOutcome,
} from './outcome.ts';
export { isTakenFor, occurrencesOf, type Parameter, readParameters, singleValue } from './parameters.ts';
export { type RequestPath, readPath } from './path.ts';
export { createPipeline, type Pipeline } from './pipeline.ts';
export { findPlaceholder, placeholderFor } from './placeholder.ts';
export {
  type ActionResolver,
  type ContentPiece,
  type ContentReader,
  defineProvider,
  type LateResponseFilter,
  type McpServerPlace,
  type Placeholders,
  type Program,
  type Provider,
  type ProviderContext,
  type ProviderPlugin,
  type ResponseFilter,
  type ResponseHead,
  type ScopeChecker,
  type SecretKey,
  type ToolApprovals,
} from './provider.ts';
export { isSearchable, shortestSearchable } from './redact-forms.ts';
export type { RedactedContent } from './redacted-content.ts';
export { createRedactor, type Redactor } from './redactor.ts';
export { removeParameter } from './remove-parameter.ts';
export {
  type AgentRequest,
  findMethodOverride,
  isKeyHolder,
  keyHolder,
  type LocalResponse,
  splitTarget,
  type UpstreamRequest,
} from './request.ts';
export { resolveRequest } from './resolve-request.ts';
export { jsonResponse, refusalResponse } from './response.ts';
export { Secret, type SecretReader, type SecretReadOptions } from './secret.ts';
export {
  createTokenSource,
  type IssuedToken,
  type TokenSource,
  type TokenSourceOptions,
  tokenInjection,
} from './token-source.ts';
export { readXml, type XmlElement, type XmlOptions } from './xml-text.ts';
