import {
  type Action,
  type AgentRequest,
  findMethodOverride,
  getHeaders,
  printable,
  type Resolution,
  readParameters,
  readPath,
} from '@pai/core';
import { routes } from './routes.ts';

/** Names what a request does, and everything that it does it to. Throws `PaiError` for what has two readings. */
export async function resolve(request: AgentRequest): Promise<Resolution> {
  const override = findMethodOverride(request);
  if (override !== undefined) return { unresolved: `${override} asks for another method; send that method` };
  const accounts = getHeaders(request.headers, 'stripe-account');
  const [account = 'self'] = accounts;
  if (accounts.length > 1 || !/^(?:self|acct_[\w-]+)$/.test(account)) {
    return { unresolved: 'stripe-account does not name one account; send it once, or not at all' };
  }
  if (getHeaders(request.headers, 'stripe-context').length > 0) {
    return { unresolved: 'stripe-context is not judged; name the account with stripe-account' };
  }
  const route = findRoute(request.method, readPath(request.path).segments);
  if (route === undefined) {
    return { unresolved: `${request.method} ${printable(request.path)} is no operation that is known` };
  }
  const parameters = await readParameters(request, longestContent);
  const texts = parameters.map(({ value }) => value).filter((value) => typeof value === 'string');
  if (texts.length < parameters.length) return { unresolved: 'the content is no form of plain parameters' };
  const isExpanded = parameters.some(({ name }) => /^expand\b/i.test(name));
  const owners = texts.filter((text) => /^cus_[\w-]+$/.test(text)).map((id) => `${account}/customers/${id}`);
  const receivers = texts.filter((text) => /^acct_[\w-]+$/.test(text)).map((id) => `${id}/received`);
  const own = route.id === undefined && owners.length > 0 ? [] : [`${account}/${route.place}`];
  const brought = isExpanded ? [`${account}/expanded`] : [];
  const [first = account, ...others] = new Set([...own, ...owners, ...receivers, ...brought]);
  const at = (resource: string): Action => ({ name: route.action, resource });
  return { actions: [at(first), ...others.map(at)] };
}

/** Forms are short: 100 KiB hold the longest description of an invoice. */
const longestContent = 100 * 1024;

interface Found {
  readonly action: string;
  readonly id: string | undefined;
  /** Where in the account: `customers` or `customers/cus_9`. */
  readonly place: string;
}

function findRoute(method: string, segments: readonly string[]): Found | undefined {
  const [version = '', kind = '', id, ...rest] = segments;
  const plain = routes[`${method} /${segments.join('/')}`];
  if (plain !== undefined) return { action: plain, id: undefined, place: kind };
  if (id === undefined || !/^[\w-]+$/.test(id)) return undefined;
  const action = routes[`${method} /${[version, kind, '{id}', ...rest].join('/')}`];
  return action === undefined ? undefined : { action, id, place: `${kind}/${id}` };
}
