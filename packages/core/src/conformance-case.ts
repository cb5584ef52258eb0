import { type RequestText, rawHeadersOf } from './conformance-request.ts';

/** What a part of the score is about. */
export type Group =
  | 'contract'
  | 'authority'
  | 'path'
  | 'parameters'
  | 'content'
  | 'headers'
  | 'credential'
  | 'secrecy'
  | 'scope'
  | 'limits';

/** One promise of the contract. */
export interface Check {
  /** A sentence in the present tense. */
  readonly name: string;
  /** Default `contract`. */
  readonly group?: Group;
  /** The one request that it is about. */
  readonly request?: RequestText;
  readonly run: () => void | Promise<void>;
}

/** One attack. */
export interface Case {
  /** The request that attacks. */
  readonly request: RequestText;
  /** What is odd about it, in a few words. */
  readonly what: string;
  /** Throws when the provider falls for it; false when it says nothing about this provider. */
  readonly run: () => Promise<boolean>;
}

/** Attacks of one kind. */
export interface Attack {
  readonly group: Group;
  /** What the provider does about them: a sentence in the present tense. */
  readonly name: string;
  readonly cases: () => Promise<readonly Case[]>;
}

/** A check or an attack that a provider failed. */
export interface Failure {
  readonly group: Group;
  readonly name: string;
  readonly reason: string;
  /** A command that sends the request. Left out where no request is at fault. */
  readonly curl?: string;
}

/** What came of a check, or of attacks of one kind. */
export interface Tally {
  readonly group: Group;
  readonly passed: number;
  readonly notApplicable: number;
  readonly failures: readonly Failure[];
}

/** Runs a check. Never throws. */
export async function tallyCheck({ group = 'contract', name, request, run }: Check): Promise<Tally> {
  try {
    await run();
    return { group, passed: 1, notApplicable: 0, failures: [] };
  } catch (thrown) {
    const shown = request === undefined ? {} : { curl: curlOf(request) };
    const failure = { group, name, reason: reasonOf(thrown), ...shown };
    return { group, passed: 0, notApplicable: 0, failures: [failure] };
  }
}

/** Runs attacks, one after the other. Never throws. */
export async function tallyAttack({ group, name, cases }: Attack): Promise<Tally> {
  const failures: Failure[] = [];
  let passed = 0;
  let notApplicable = 0;
  let made: readonly Case[] = [];
  try {
    made = await cases();
  } catch (thrown) {
    failures.push({ group, name, reason: reasonOf(thrown) });
  }
  for (const { request, what, run } of made) {
    try {
      if (await settled(run)) passed += 1;
      else notApplicable += 1;
    } catch (thrown) {
      failures.push({ group, name, reason: `${what}: ${reasonOf(thrown)}`, curl: curlOf(request) });
    }
  }
  if (made.length === 0 && failures.length === 0) notApplicable = 1;
  return { group, passed, notApplicable, failures };
}

function curlOf(request: RequestText): string {
  const { method = 'GET', url, body = '', protocol } = request;
  const raw = rawHeadersOf(request);
  const fields = raw.flatMap((name, i) =>
    i % 2 === 0 ? ['-H', quoted(`${name}: ${raw[i + 1] ?? ''}`)] : [],
  );
  const bytes = Buffer.from(body);
  const isText = bytes.equals(Buffer.from(bytes.toString())) && !bytes.includes(0);
  const isLong = bytes.length > longestShown;
  const shown = isText ? bytes.toString() : '@-';
  const hasBody = bytes.length > 0;
  const words = [
    ...(hasBody && !isText && !isLong ? [`printf %s ${bytes.toString('base64')} | base64 -d |`] : []),
    'curl --path-as-is --globoff',
    ...(protocol === 'h2' ? ['--http2'] : []),
    ...(method === 'GET' && !hasBody ? [] : ['-X', quoted(method)]),
    ...fields,
    ...(hasBody && !isLong ? ['--data-binary', isText ? quoted(shown) : shown] : []),
    quoted(url.length > longestShown ? `${url.slice(0, longestShown)}…` : url),
    ...(hasBody && isLong ? [`# with ${bytes.length} bytes of content`] : []),
  ];
  return words.join(' ');
}

const longestShown = 4_096;

function quoted(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Milliseconds in which a provider has to have made up its mind. */
const patience = 20_000;

function settled(run: () => Promise<boolean>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`it was not done in ${patience / 1000} seconds`));
    const timer = setTimeout(late, patience);
    run()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.length > 1_000 ? `${text.slice(0, 1_000)}…` : text.trim();
}
