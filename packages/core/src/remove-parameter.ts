import { bodyOf } from './body.ts';
import { decodeUtf8, readDecoded, readMediaType } from './content.ts';
import { readForm } from './form.ts';
import { deleteHeader } from './headers.ts';
import { rawJSON } from './json-text.ts';
import { isTakenFor, type Parameter, readParameters } from './parameters.ts';
import { splitTarget, type UpstreamRequest } from './request.ts';

/**
 * Takes every parameter that a server can take for `name` out of the query and the content of a request. A part that
 * has none stays as it is, byte for byte; content that had one goes up without a content encoding. Rejects as
 * `readParameters` does.
 */
export async function removeParameter(request: UpstreamRequest, name: string, limit: number): Promise<void> {
  const { path, query } = splitTarget(request.target);
  const { headers, body } = request;
  const parameters = await readParameters({ query, headers, body }, limit);
  const isUnwanted = (candidate: string) => isTakenFor(candidate, name);
  const inContent = parameters.filter(({ place }) => place !== 'query');
  if (parameters.some((parameter) => parameter.place === 'query' && isUnwanted(parameter.name))) {
    const kept = withoutPairs(query, isUnwanted);
    request.target = kept === '' ? path : `${path}?${kept}`;
  }
  if (!inContent.some((parameter) => isUnwanted(parameter.name))) return;
  const content = await readDecoded(request, limit);
  const boundary = readMediaType(request).parameters.get('boundary');
  request.body = bodyOf(rewrite(content, boundary, inContent, isUnwanted));
  deleteHeader(headers, 'content-encoding');
}

function rewrite(
  content: Buffer,
  boundary: string | undefined,
  parameters: readonly Parameter[],
  isUnwanted: (name: string) => boolean,
): string | Buffer {
  const unwanted = parameters.map(({ name }) => isUnwanted(name));
  if (boundary !== undefined) return withoutParts(content, boundary, unwanted);
  const text = decodeUtf8(content);
  return parameters[0]?.place === 'form' ? withoutPairs(text, isUnwanted) : withoutKeys(text, isUnwanted);
}

function withoutPairs(text: string, isUnwanted: (name: string) => boolean): string {
  const pairs = text.split('&');
  return pairs.filter((pair) => !readForm(pair).some(([name]) => isUnwanted(name))).join('&');
}

/** What `readMultipart` accepts has its delimiter's text nowhere else. */
function withoutParts(content: Buffer, boundary: string, unwanted: readonly boolean[]): Buffer {
  const [preamble, ...parts] = content.toString('latin1').split(`--${boundary}`);
  const kept = parts.filter((_, i) => unwanted[i] !== true);
  return Buffer.from([preamble, ...kept].join(`--${boundary}`), 'latin1');
}

/** Numbers keep their spelling. */
function withoutKeys(text: string, isUnwanted: (name: string) => boolean): string {
  const spelled = (_key: string, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source !== undefined ? rawJSON(context.source) : value;
  const members = Object.entries(JSON.parse(text, spelled) as object);
  return JSON.stringify(Object.fromEntries(members.filter(([name]) => !isUnwanted(name))));
}
