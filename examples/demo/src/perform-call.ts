import { fileURLToPath } from 'node:url';
import type { AgentReport } from './agent.ts';
import type { Call } from './scenes.ts';
import type { Stage } from './stage.ts';

/** What the agent's side of a request shows. */
export interface Performed extends AgentReport {
  /** The command line, as one would type it. */
  readonly command: string;
  /** Everything the process wrote. */
  readonly output: string;
}

/** Makes a request as a process of its own that holds placeholders only. */
export async function performCall(stage: Stage, call: Call): Promise<Performed> {
  if (call.tool === 'octokit') {
    const shown = `octokit.rest.${call.name}(${JSON.stringify(call.parameters)})`;
    return viaAgent(stage, stage.agentEnv, shown, [call.name, JSON.stringify(call.parameters)]);
  }
  return (await hasCurl(stage)) ? viaCurl(stage, call) : viaFetch(stage, call);
}

/** Whether curl is installed. Where it is not, Node's fetch stands in for it, and the screen says so. */
export async function hasCurl({ run, agentEnv }: Stage): Promise<boolean> {
  const ran = await run(['curl', '--version'], agentEnv).catch(() => undefined);
  return ran?.status === 0;
}

type CurlCall = Extract<Call, { tool: 'curl' }>;

async function viaCurl(stage: Stage, { method, url, tokenIn, through }: CurlCall): Promise<Performed> {
  const env = through === 'direct' ? stage.directEnv : stage.agentEnv;
  const args = [...methodOption(method), ...doorOptions(stage, through, url)];
  const ran = await stage.run(
    [
      ...(['curl', '--silent', '--show-error', '--verbose', '--max-time', '20', ...args] as const),
      ...['--header', `Authorization: Bearer ${env[tokenIn]}`, '--write-out', '\n%{http_code}', url],
    ],
    env,
  );
  const end = ran.out.lastIndexOf('\n');
  return {
    command: ['curl', ...args.map(quote), '-H', `"Authorization: Bearer $${tokenIn}"`, url].join(' '),
    sent: lastRequest(ran.err),
    status: Number(ran.out.slice(end + 1)),
    result: ran.out.slice(0, end).trim(),
    output: ran.out + ran.err,
  };
}

function quote(word: string): string {
  return /[*\s]/.test(word) ? `'${word}'` : word;
}

function methodOption(method: string): string[] {
  return method === 'GET' ? [] : ['-X', method];
}

function doorOptions({ sidecar, github }: Stage, through: CurlCall['through'], url: string): string[] {
  if (through === undefined) return [];
  const address = through === 'direct' ? `127.0.0.1:${github.port}` : sidecar.tls;
  const door = ['--connect-to', `${new URL(url).host}:443:${address}`];
  return through === 'direct' ? door : ['--noproxy', '*', ...door];
}

/** The last request in what `curl --verbose` tells; those before it are for the proxy. */
function lastRequest(told: string): string[] {
  const lines = told.split(/\r?\n/).filter((line) => line.startsWith('> '));
  const start = lines.findLastIndex((line) => /^> [A-Z]+ \S+ HTTP/.test(line));
  const [first = '', ...headers] = lines.slice(Math.max(start, 0)).map((line) => line.slice(2));
  const credential = headers.find((line) => /^authorization:/i.test(line));
  return [first.replace(/ HTTP.*$/, ''), credential ?? 'authorization: (none)'];
}

async function viaFetch(stage: Stage, { method, url, tokenIn, through }: CurlCall): Promise<Performed> {
  const isDirect = through === 'direct';
  const target = isDirect ? url.replace(/(?<=^https:\/\/)[^/]+/, `localhost:${stage.github.port}`) : url;
  const env = isDirect ? stage.directEnv : stage.agentEnv;
  const way = isDirect ? 'to the service itself' : 'by the proxy door';
  const shown = `fetch ${method} ${target} (curl is not installed: Node's fetch instead, ${way})`;
  return viaAgent(stage, env, shown, ['fetch', method, target, env[tokenIn] ?? '']);
}

async function viaAgent(
  stage: Stage,
  env: Readonly<Record<string, string>>,
  command: string,
  args: readonly string[],
): Promise<Performed> {
  const ran = await stage.run([process.execPath, agentMain, ...args], env);
  if (ran.status !== 0) throw new Error(`the agent failed: ${ran.err}`);
  const report: AgentReport = JSON.parse(ran.out);
  return { ...report, command, output: ran.out + ran.err };
}

const agentMain = fileURLToPath(new URL('./agent.ts', import.meta.url));
