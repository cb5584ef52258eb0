import { type AgentRequest, decodeUtf8, isTakenFor, printable, readDecoded, readForm } from '@pai/core';
import type { ServiceModel } from '../model.ts';
import type { Content, Field, Reading } from '../reading.ts';
import { chooseOperation } from './choose.ts';
import { contentTypeOf } from './content-type.ts';
import { type ListStyle, readFields } from './fields.ts';
import { mostFields, unclear } from './marks.ts';
import { agreeOnQueue } from './queue-path.ts';

/** Reads a request of the query protocols (Smithy, `awsQuery` and `ec2Query`): `Action` and `Version` in a form or in the query. */
export async function readForms(
  request: AgentRequest,
  query: readonly Field[],
  models: readonly ServiceModel[],
  limit: number,
): Promise<Reading> {
  const fields = [...query, ...(await readFormContent(request, limit))];
  const name = onlyField(fields, 'Action');
  if (name === undefined) {
    throw unclear('no operation is named; send X-Amz-Target, an Action, or the path of an RPC service');
  }
  const chosen = chooseOperation(name, ofVersion(onlyField(fields, 'Version'), models));
  const members = fields.filter(([field]) => field !== 'Action' && field !== 'Version');
  const content = async (): Promise<Content> => ({ value: readFields(members, styleOf(chosen.model)) });
  const { headers, path } = request;
  return {
    ...chosen,
    input: {
      labels: new Map(),
      query: [],
      headers,
      content: path === '/' ? content : () => agreeOnQueue(content, request),
    },
  };
}

async function readFormContent(request: AgentRequest, limit: number): Promise<readonly Field[]> {
  const { method, body } = request;
  if (method !== 'POST' && method !== 'GET')
    throw unclear(`${printable(method)} calls no operation; send a POST`);
  if (body.length === 0) return [];
  const type = contentTypeOf(request);
  if (type !== 'application/x-www-form-urlencoded') {
    throw unclear(`the content is ${printable(type)}, and no X-Amz-Target or RPC path says what it is for`);
  }
  if (method === 'GET') throw unclear('a GET has content; send a POST');
  return readForm(decodeUtf8(await readDecoded(request, limit)), mostFields);
}

/** The value of a parameter that stands there once and in its own spelling, wherever that is. */
function onlyField(fields: readonly Field[], name: string): string | undefined {
  const folded = name.toLowerCase();
  const found = fields.filter(([field]) => field.toLowerCase().includes(folded) && isTakenFor(field, name));
  if (found.length > 1) throw unclear(`there are two ${name} parameters; send one`);
  const [field] = found;
  if (field === undefined) return undefined;
  if (field[0] !== name)
    throw unclear(`${printable(field[0])} can be taken for ${name}; write it as ${name}`);
  return field[1];
}

function ofVersion(version: string | undefined, models: readonly ServiceModel[]): readonly ServiceModel[] {
  if (version === undefined) {
    const versions = new Set(models.flatMap((model) => model.versions));
    if (versions.size === 1) return models;
    throw unclear(`the request has no Version; send one of ${[...versions].join(', ')}`);
  }
  const fitting = models.filter(({ versions }) => versions.includes(version));
  if (fitting.length > 0) return fitting;
  const known = models.flatMap(({ id, versions }) => versions.map((known) => `${id} ${known}`));
  throw unclear(`Version ${printable(version)} is not known here; send one of ${known.join(', ')}`);
}

function styleOf({ protocol, prefix }: ServiceModel): ListStyle {
  return protocol === 'ec2' || prefix === 'sqs' || prefix === 'sdb' ? 'flat' : 'member';
}
