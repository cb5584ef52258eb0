import { Octokit } from '@octokit/core';
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';

/** A request that a method of octokit's REST client made. */
export interface WalkedRequest {
  /** Part of the client, and method: `pulls.createReview`. */
  readonly by: string;
  readonly method: string;
  readonly url: string;
  /** The template of the path, as octokit has it. */
  readonly template: string;
  readonly body: string | undefined;
}

/** Old names of methods are called too; octokit says so for each. */
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

interface EndpointMethod {
  (parameters: Record<string, unknown>): Promise<unknown>;
  readonly endpoint: { readonly DEFAULTS: { readonly url: string } };
}

/** Calls every method of octokit's REST client, and gives what each sent. */
export async function walkOctokit(): Promise<readonly WalkedRequest[]> {
  const sent: Omit<WalkedRequest, 'by' | 'template'>[] = [];
  const record: typeof fetch = async (input, { method = 'GET', body } = {}) => {
    sent.push({ method, url: String(input), body: typeof body === 'string' ? body : undefined });
    return Response.json({});
  };
  const octokit = new Octokit({ request: { fetch: record }, log: silent });
  const methods = Object.entries(restEndpointMethods(octokit).rest).flatMap(([part, endpoints]) =>
    Object.entries(endpoints as unknown as Record<string, EndpointMethod>).map(
      ([name, call]) => [`${part}.${name}`, call] as const,
    ),
  );
  const walked: WalkedRequest[] = [];
  for (const [by, call] of methods) {
    const template = call.endpoint.DEFAULTS.url;
    await call(parametersOf(template));
    const [request] = sent.splice(0);
    if (request !== undefined) walked.push({ by, template, ...request });
  }
  return walked;
}

/** A value for each parameter of a path, such as GitHub would take. */
function parametersOf(template: string): Record<string, unknown> {
  const names = [...template.matchAll(/\{\??([^}]+)\}/g)].flatMap(([, list = '']) => list.split(','));
  return Object.fromEntries(names.map((name) => [name, values[name] ?? '42']));
}

const values: Readonly<Record<string, string>> = {
  owner: 'o',
  template_owner: 'o',
  repo: 'r',
  template_repo: 'r',
  path: 'docs/a.md',
  ref: 'heads/main',
  basehead: 'main...topic',
  security_product: 'dependabot_alerts',
  enablement: 'enable_all',
};
