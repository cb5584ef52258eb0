import { Octokit, RequestError } from 'octokit';

/** What the agent prints, as one line of JSON: what it sent and what came back. */
export interface AgentReport {
  readonly sent: readonly string[];
  readonly status: number;
  /** The answer, or the exception as a program would see it. */
  readonly result: string;
}

/**
 * The agent: a program that uses octokit as any other would. It knows nothing of Pai; it gets its token, its proxy and
 * its trust from the environment. `node agent.ts pulls.create '{"owner": …}'`, or `node agent.ts fetch GET URL TOKEN`.
 */
async function main([what = '', ...rest]: readonly string[]): Promise<AgentReport> {
  const sent: string[] = [];
  const fetch: typeof globalThis.fetch = (input, init) => {
    const { pathname, search } = new URL(String(input));
    const { authorization } = Object.fromEntries(new Headers(init?.headers));
    sent.push(`${init?.method ?? 'GET'} ${pathname}${search}`, `authorization: ${authorization ?? '(none)'}`);
    return globalThis.fetch(input, init);
  };
  if (what === 'fetch') return { ...(await viaFetch(fetch, rest)), sent };
  return { ...(await viaOctokit(fetch, what, rest[0] ?? '{}')), sent };
}

async function viaOctokit(
  fetch: typeof globalThis.fetch,
  call: string,
  parameters: string,
): Promise<Omit<AgentReport, 'sent'>> {
  const octokit = new Octokit({ auth: process.env['GITHUB_TOKEN'], request: { fetch } });
  const [area = '', name = ''] = call.split('.');
  const areas = octokit.rest as unknown as Record<string, Record<string, RestMethod>>;
  const method = areas[area]?.[name];
  if (method === undefined) throw new Error(`octokit has no ${call}`);
  try {
    const { status, data } = await method(JSON.parse(parameters));
    return { status, result: JSON.stringify(data) };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { status: error.status, result: `RequestError: ${error.message}` };
  }
}

type RestMethod = (parameters: object) => Promise<{ status: number; data: unknown }>;

async function viaFetch(
  fetch: typeof globalThis.fetch,
  [method = 'GET', url = '', token = '']: readonly string[],
): Promise<Omit<AgentReport, 'sent'>> {
  const response = await fetch(url, { method, headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, result: await response.text() };
}

process.stdout.write(`${JSON.stringify(await main(process.argv.slice(2)))}\n`);
