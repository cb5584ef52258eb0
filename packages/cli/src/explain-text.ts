import { type AgentRequest, formatAuthority, type UpstreamRequest } from '@pai/core';
import type { Explanation } from './explain-request.ts';

/** An explanation for people, one line a fact. Where no policy was asked, what the request means and no decision. */
export function explanationText(request: AgentRequest, explanation: Explanation, hasPolicy: boolean): string {
  const { by, actions, unresolved, steps, upstream } = explanation;
  const named = actions.map(
    ({ name, resource, part, reach }) =>
      `${name}${resource === undefined ? '' : ` on ${resource}`}${part === undefined || part === '' ? '' : ` at ${part}`}${reach === 'any' ? ' on what the request does not name' : ''}`,
  );
  const rows: [string, string][] = [
    ['request', `${request.method} https://${formatAuthority(request)}${request.target}`],
    ['provider', by === undefined ? 'none' : `${by.name} (${by.type})`],
    ['actions', unresolved === undefined ? named.join(', ') : `unresolved: ${unresolved}`],
    ...steps
      .filter(({ step }) => hasPolicy || step === 'resolve')
      .map(({ step, effect, rule, reason }): [string, string] => [
        `  ${step}`,
        `${effect}  ${rule}: ${reason}`,
      ]),
    ...(hasPolicy ? decisionRows(explanation) : []),
    ...(upstream === undefined
      ? []
      : injections(request, upstream).map((line): [string, string] => ['injects', line])),
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, text]) => `${label.padEnd(width)}  ${text}`).join('\n');
}

function decisionRows({ decision, isOnlyLogged }: Explanation): [string, string][] {
  const logged = isOnlyLogged ? ' (enforcement: audit, so it is forwarded and logged)' : '';
  return [
    ['decision', `${decision.effect} by ${decision.rule}${logged}`],
    ...(decision.effect === 'deny' ? [['', decision.reason] as [string, string]] : []),
  ];
}

/** What the injector wrote. The secrets it was given read `[secret NAME/KEY]`. */
function injections(request: AgentRequest, upstream: UpstreamRequest): string[] {
  const sent = new Set(
    request.headers.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${request.headers[i + 1]}`] : [])),
  );
  const written = upstream.headers.flatMap((name, i) =>
    i % 2 === 0 ? [`${name}: ${readable(upstream.headers[i + 1] as string)}`] : [],
  );
  const target =
    upstream.target === request.target
      ? []
      : [`request-target ${upstream.target.replace(stub, decodeURIComponent)}`];
  return [...written.filter((line) => !sent.has(line)), ...target];
}

/** `[secret NAME/KEY]` as it stands in a query. All else is shown as it would be sent. */
const stub = /%5Bsecret%20(?:[\w.-]|%2F)+%5D/gi;

function readable(value: string): string {
  const [, word] = /^Basic (\S+)$/.exec(value) ?? [];
  return word === undefined ? value : `Basic ${Buffer.from(word, 'base64').toString('latin1')} (in base64)`;
}
