import type { Action, Resolution } from '@pai/core';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { resolveData } from '../../src/data/data.ts';
import type { AzureEndpoint, AzureService } from '../../src/endpoint.ts';

/** What the tests' hosts stand for. */
const services: readonly (readonly [RegExp, AzureService])[] = [
  [/\.managedhsm\./, 'managedhsm'],
  [/\.vault\./, 'vault'],
  [/\.azconfig\./, 'appconfig'],
  [/\.servicebus\./, 'servicebus'],
  [/\.documents\./, 'cosmos'],
  [/\.openai\./, 'openai'],
  [/\.cognitiveservices\.|\.services\.ai\./, 'cognitive'],
  [/loganalytics/, 'loganalytics'],
  [/monitor\./, 'monitor'],
  [/\.search\./, 'search'],
  [/eventgrid/, 'eventgrid'],
  [/\.(?:blob|dfs|file|queue|table|web)\./, 'blob'],
];

function endpointOf(host: string): AzureEndpoint {
  const [, storage] = /\.(blob|dfs|file|queue|table|web)\./.exec(host) ?? [];
  const service = (storage as AzureService | undefined) ?? services.find(([name]) => name.test(host))?.[1];
  if (service === undefined) throw new Error(`no service has the host ${host}`);
  return { service, cloud: 'public', audience: 'https://storage.azure.com' };
}

/** What `resolveData` says of a request, what it throws included. */
export async function resolve(text: RequestText): Promise<Resolution> {
  const request = requestFor(text);
  try {
    return await resolveData(request, endpointOf(request.host));
  } catch (thrown) {
    return { unresolved: (thrown as Error).message };
  }
}

/** The actions of a request, one a line: name, resource, `part=…`, `reach=any`. Throws for an unresolved one. */
export async function read(text: RequestText): Promise<readonly string[]> {
  const resolution = await resolve(text);
  if ('unresolved' in resolution) throw new Error(resolution.unresolved);
  return resolution.actions.map(lineOf);
}

function lineOf({ name, resource, part, reach }: Action): string {
  const pieces = [name, resource, part === undefined ? undefined : `part=${part}`, reach && `reach=${reach}`];
  return pieces.filter((piece) => piece !== undefined).join(' ');
}

/** Why a request is unresolved; undefined when it is not. */
export async function reasonOf(text: RequestText): Promise<string | undefined> {
  const resolution = await resolve(text);
  return 'unresolved' in resolution ? resolution.unresolved : undefined;
}
