import {
  type AgentRequest,
  decodeUtf8,
  getHeaders,
  isTakenFor,
  printable,
  readDecoded,
  readForm,
  readPath,
} from '@pai/core';
import type { Routed, ServiceModel } from '../model.ts';
import type { Field, Reading } from '../reading.ts';
import { type Chosen, onlyOne } from './choose.ts';
import { createContent } from './content.ts';
import { mostFields, readMarks, unclear } from './marks.ts';

/**
 * Reads a request to REST services (Smithy, `restJson1` and `restXml`): method, path and the constant parameters of the
 * query name the operation. What names one for RPC services is refused, and so is a path with more than one reading.
 */
export async function readRest(
  request: AgentRequest,
  models: readonly ServiceModel[],
  limit: number,
): Promise<Reading> {
  const { method, path, headers } = request;
  const { targets, protocols, query } = readMarks(request);
  if (targets.length > 0) throw unclear('X-Amz-Target names no operation of a REST service; leave it out');
  if (protocols.length > 0) throw unclear('Smithy-Protocol names no REST protocol; leave it out');
  await refuseForm(request, limit);
  readPath(path);
  const fitting = routesOf(request, models, request.query);
  if (fitting.length === 0) {
    const names = models.map(({ id }) => id).join(' or ');
    throw unclear(`${printable(method)} ${printable(path)} is no operation of ${names}`);
  }
  refuseOtherRoutes(request, models, query, fitting);
  const { model, operation, isKnown } = onlyOne(fitting);
  if (query.some(([name]) => isTakenFor(name, 'Action') && !isOwnAction(name, operation.name))) {
    throw unclear('the query has an Action, which names no operation of a REST service; leave it out');
  }
  const labels = new Map<string, string>();
  for (const one of fitting) {
    for (const [name, raw] of one.labels) labels.set(name, decodeURIComponent(raw));
  }
  const content = createContent(request, model.protocol === 'rest-xml' ? 'xml' : 'json', limit);
  return { model, operation, isKnown, input: { labels, query, headers, content } };
}

/** The one operation of all REST services that has such a parameter itself (OpenSearch Service API reference). */
function isOwnAction(name: string, operation: string): boolean {
  return name === 'action' && operation === 'ListDomainMaintenances';
}

/** Some of AWS's front ends know an `Action` in a form before they look at the path; curl calls any content a form. */
async function refuseForm(request: AgentRequest, limit: number): Promise<void> {
  const types = request.body.length === 0 ? [] : getHeaders(request.headers, 'content-type');
  if (!types.some((type) => /form-urlencoded/i.test(type))) return;
  const form = readForm(decodeUtf8(await readDecoded(request, limit)), mostFields);
  if (form.some(([name]) => isTakenFor(name, 'Action'))) {
    throw unclear('the content is a form with an Action, which names no operation of a REST service');
  }
}

type Fitting = Chosen & Pick<Routed, 'labels'>;

function routesOf({ method, path }: AgentRequest, models: readonly ServiceModel[], query: string): Fitting[] {
  return models.flatMap((model) =>
    model
      .routes(method, path, query)
      .map(({ operation, labels }) => ({ model, operation, isKnown: true, labels })),
  );
}

/** Of a parameter that stands there twice some servers read the first and some the last. */
function refuseOtherRoutes(
  request: AgentRequest,
  models: readonly ServiceModel[],
  query: readonly Field[],
  fitting: readonly Fitting[],
): void {
  const last = new Map(query);
  if (last.size === query.length) return;
  const first = new Map(query.toReversed());
  const own = namesOf(fitting);
  for (const pairs of [first, last]) {
    if (namesOf(routesOf(request, models, new URLSearchParams([...pairs]).toString())) === own) continue;
    throw unclear('the query names an operation by a parameter that stands there twice; send it once');
  }
}

function namesOf(fitting: readonly Fitting[]): string {
  return fitting.map(({ model, operation }) => `${model.id} ${operation.name}`).join();
}
