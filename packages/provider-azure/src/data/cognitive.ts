import {
  type Action,
  type AgentRequest,
  isPaiError,
  type Parameter,
  printable,
  readParameters,
  readPath,
  singleValue,
} from '@pai/core';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';
import { oneField } from './storage.ts';

const accounts = 'Microsoft.CognitiveServices/accounts/';

/** Bytes of content in which the name of the deployment is looked for: images come inside of messages. */
const longest = 16 * 1024 * 1024;

/**
 * The actions of a request to Azure OpenAI and the other services of Azure AI, on `<host>/openai/deployments/<name>` where
 * the request names a deployment, in its path or as the `model` of its content, and on `<host>/<path>` otherwise. Names
 * of OpenAI's are those of the roles (Azure RBAC, "Cognitive Services OpenAI User"), of other services by structure.
 * Throws `malformed_request` for one that has more than one reading or none.
 */
export async function readCognitive(request: AgentRequest): Promise<readonly Action[]> {
  const query = readQuery(request);
  const { segments } = readPath(request.path);
  if (segments.some((segment) => segment.includes('%2F'))) {
    throw unreadable(`the path ${printable(request.path)} has an encoded slash; no name has one`);
  }
  const at = openAiAt(segments);
  if (at === -1) return readOther(request, segments);
  const base = [request.host, ...segments.slice(0, at), 'openai'].join('/');
  const path = segments.slice(at + 1).map((segment) => segment.toLowerCase());
  if (path[0] === 'deployments' && segments[at + 2] !== undefined && path.length > 2) {
    return [onDeployment(path.slice(2), `${base}/deployments/${segments[at + 2]}`)];
  }
  const rest = path[0] === 'v1' ? path.slice(1) : path;
  // What they answer with is a credential, of whoever has it.
  if (rest[0]?.startsWith('realtime') === true && rest.length > 1) {
    return [{ name: byStructure('OpenAI', request.method, rest), resource: base, reach: 'any' }];
  }
  if (rest[0] === 'realtime') {
    const name = query.get('deployment') ?? query.get('model');
    return [
      {
        name: `${accounts}OpenAI/deployments/realtime/action`,
        resource: name === undefined ? base : `${base}/deployments/${name}`,
      },
    ];
  }
  if (rest[0] === 'chat' && (request.method !== 'POST' || rest.length > 2)) {
    const name = byStructure('OpenAI', request.method, ['stored-completions', ...rest.slice(2)]);
    return [{ name, resource: [base, ...segments.slice(at + 1)].join('/') }];
  }
  const name = inference.has(rest[0] ?? '')
    ? onDeployment(rest, '').name
    : byStructure('OpenAI', request.method, rest);
  const images = oneField(request, 'x-ms-oai-image-generation-deployment');
  const made =
    images === undefined ? [] : [onDeployment(['images', 'generations'], `${base}/deployments/${images}`)];
  const takesModel = request.method === 'POST' && (inference.has(rest[0] ?? '') || rest[0] === 'responses');
  const otherwise = [base, ...segments.slice(at + 1)].join('/');
  return [...made, await onModel(request, name, base, otherwise, takesModel)];
}

/** `/openai/…`, or `/api/projects/<name>/openai/…`. */
function openAiAt(segments: readonly string[]): number {
  const path = segments.map((segment) => segment.toLowerCase());
  if (path[0] === 'openai') return 0;
  return path[0] === 'api' && path[1] === 'projects' && path[3] === 'openai' ? 3 : -1;
}

/** First segments of what a deployment answers by itself. */
const inference: ReadonlySet<string> = new Set([
  'chat',
  'completions',
  'embeddings',
  'audio',
  'images',
  'extensions',
  'engines',
]);

function onDeployment(rest: readonly string[], resource: string): Action {
  const isImage = rest[0] === 'images';
  const what = rest[0] === 'audio' ? 'audio' : rest.join('/');
  return { name: `${accounts}OpenAI/${isImage ? '' : 'deployments/'}${what}/action`, resource };
}

/** Content that is too long to look at may name any deployment. */
async function onModel(
  request: AgentRequest,
  name: string,
  base: string,
  otherwise: string,
  takesModel: boolean,
): Promise<Action> {
  if (!takesModel) return { name, resource: otherwise };
  let parameters: readonly Parameter[];
  try {
    parameters = await readParameters(request, longest, { isExact: false });
  } catch (thrown) {
    if (isPaiError(thrown) && thrown.code === 'body_too_large')
      return { name, resource: otherwise, reach: 'any' };
    throw thrown;
  }
  const model = singleValue(parameters, 'model');
  if (model === undefined) return { name, resource: otherwise };
  if (typeof model !== 'string') throw unreadable('the model is no text; send the name of a deployment');
  return { name, resource: `${base}/deployments/${model}` };
}

const verbs: Readonly<Record<string, string>> = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'delete',
};

/** How the services' own names differ from the first segment of their paths. */
const services: Readonly<Record<string, string>> = {
  computervision: 'ComputerVision',
  vision: 'ComputerVision',
  contentsafety: 'ContentSafety',
  documentintelligence: 'FormRecognizer',
  formrecognizer: 'FormRecognizer',
  face: 'Face',
  language: 'Language',
  text: 'TextAnalytics',
  translator: 'TextTranslation',
  speechtotext: 'SpeechServices',
  models: 'MaaS',
};

/** Kinds of OpenAI's own, whose items stand at every other segment; names of the roles where they differ. */
const kinds: Readonly<Record<string, string>> = { threads: 'assistants/threads', fine_tuning: 'fine-tunes' };

function byStructure(service: string, method: string, path: readonly string[]): string {
  const [first = '', ...others] = path;
  const isPlain = service === 'OpenAI';
  const nouns = others.filter(
    (_, i) => !isPlain || (first === 'fine_tuning' ? i % 2 === 0 && i > 0 : i % 2 === 1),
  );
  const verb = isPlain && method === 'POST' ? 'write' : (verbs[method] ?? 'action');
  return [accounts + service, ...(first === '' ? [] : [kinds[first] ?? first]), ...nouns, verb].join('/');
}

function readOther(request: AgentRequest, segments: readonly string[]): readonly Action[] {
  const [first = '', ...rest] = segments;
  if (first === '') throw unreadable('the path names no service; use one that Azure AI documents');
  const givesToken = /^sts$/i.test(first) || /^issueToken$/i.test(rest.at(-1) ?? '');
  const isProject = first.toLowerCase() === 'api' && rest[0]?.toLowerCase() === 'projects';
  const service = isProject ? 'AIServices' : (services[first.toLowerCase()] ?? first);
  const path = (isProject ? rest.slice(2) : rest).filter((segment) => !/^v\d[\w.-]*$/i.test(segment));
  const name = byStructure(service, request.method, path);
  const resource = [request.host, ...segments].join('/');
  return [givesToken ? { name, resource, reach: 'any' } : { name, resource }];
}
