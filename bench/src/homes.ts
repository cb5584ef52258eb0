import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { realToken } from './exchange.ts';
import { packagesDirectory } from './installed.ts';
import { streams } from './services.ts';

/** The command from its sources. */
export const sourceMain = join(packagesDirectory, 'cli/src/main.ts');

/** State of a sidecar, and the options that select what it serves. */
export interface Home {
  readonly directory: string;
  readonly selection: readonly string[];
}

/** Makes state with one Provider for each of the two services. */
export async function createHome(directory: string): Promise<Home> {
  await add(directory, [githubProvider, streamsProvider]);
  return { directory, selection: ['--provider', 'github-writer'] };
}

/** Makes state that serves GitHub and `others` Providers more, with `rules` HTTP rules each. */
export async function createLargeHome(directory: string, others: number, rules: number): Promise<Home> {
  const documents = Array.from({ length: others }, (_, i) => numberedProvider(i, rules));
  const names = ['github-writer', ...Array.from({ length: others }, (_, i) => numberedName(i))];
  await add(directory, [githubProvider, ...documents, agentOf(names)]);
  return { directory, selection: ['--agent', 'everything'] };
}

/** The host that the numbered Provider of a large home claims. */
export function numberedHost(i: number): string {
  return `api-${i}.example.com`;
}

/** Applies a numbered Provider again with another first rule, as a user who edits one document would. */
export async function changeProvider({ directory }: Home, i: number, rules: number, edit: string) {
  await apply(directory, [numberedProvider(i, rules, edit)]);
}

/** Paths of the rules of a numbered Provider; the last one fits `/v1/last/1`. */
export function rulePaths(rules: number, edit = 'first'): readonly string[] {
  return Array.from({ length: rules }, (_, i) => {
    if (i === rules - 1) return '/v1/last/*';
    return i === 0 ? `/v1/${edit}/*` : `/v1/things-${i}/*/parts/**`;
  });
}

/** The README's Provider for GitHub. */
export const githubProvider = `apiVersion: pai.io/v1
kind: Provider
metadata: {name: github-writer}
spec:
  type: github
  auth: {type: pat, secretRef: real}
  policy:
    allow: ["pulls:create", "pulls:comment", "issues:read", "contents:read"]
    deny: ["admin:*"]
  scope: {repositories: ["myorg/repo-a", "myorg/repo-b"]}
`;

const streamsProvider = tokenProvider(streams.provider, streams.host, ['/bytes/*', '/events', '/stall']);

function numberedName(i: number): string {
  return `service-${i}`;
}

function numberedProvider(i: number, rules: number, edit?: string): string {
  return tokenProvider(numberedName(i), numberedHost(i), rulePaths(rules, edit));
}

function tokenProvider(name: string, host: string, paths: readonly string[]): string {
  return `apiVersion: pai.io/v1
kind: Provider
metadata: {name: ${name}}
spec:
  type: http-token
  host: ${host}
  auth: {type: bearer, secretRef: real}
  policy:
    httpRules:
${paths.map((path) => `      - {methods: [GET, PUT], paths: ["${path}"], effect: allow}\n`).join('')}`;
}

function agentOf(providers: readonly string[]): string {
  return `apiVersion: pai.io/v1
kind: Agent
metadata: {name: everything}
spec: {providers: [${providers.join(', ')}]}
`;
}

async function add(directory: string, documents: readonly string[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  await pai(directory, 'add', 'secret', 'real', '--from-literal', `token=${realToken}`);
  await apply(directory, documents);
}

/** Documents in one file: a file may hold 4 MiB. */
const fileful = 100;

async function apply(directory: string, documents: readonly string[]): Promise<void> {
  const folder = await mkdtemp(`${directory}-`);
  for (let at = 0; at < documents.length; at += fileful)
    await writeFile(join(folder, `${at}.yaml`), documents.slice(at, at + fileful).join('---\n'));
  await pai(directory, 'apply', '-f', folder);
}

async function pai(directory: string, ...args: string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [sourceMain, '--home', directory, ...args], {
    maxBuffer: 64 << 20,
  });
}
