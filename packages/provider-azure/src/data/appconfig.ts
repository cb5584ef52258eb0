import { type Action, type AgentRequest, printable, readPath } from '@pai/core';
import { type Query, readQuery } from './query.ts';
import { unreadable } from './refuse.ts';
import { compileRoutes } from './routes.ts';

const store = 'Microsoft.AppConfiguration/configurationStores/';

/** App Configuration REST API; names from the roles' data actions (Azure RBAC, "Azure permissions for Integration"). */
const find = compileRoutes(
  store,
  `
  GET,HEAD kv keyValues/read kv filtered
  GET,HEAD kv/{k} keyValues/read kv/{k}
  PUT kv/{k} keyValues/write kv/{k}
  DELETE kv/{k} keyValues/delete kv/{k}
  GET,HEAD keys keyValues/read kv all
  GET,HEAD labels keyValues/read kv all
  GET,HEAD revisions keyValues/read kv filtered
  PUT,DELETE locks/{k} keyValues/write kv/{k}
  GET,HEAD snapshots snapshots/read snapshots all
  GET,HEAD snapshots/{n} snapshots/read snapshots/{n}
  PUT snapshots/{n} snapshots/write snapshots/{n} reads
  PATCH snapshots/{n} snapshots/archive/action snapshots/{n}
  GET operations snapshots/read snapshots all
  `,
);

const known: ReadonlySet<string> = new Set(
  'api-version key label name after $select tags snapshot status'.split(' '),
);
const repeated: ReadonlySet<string> = new Set(['tags']);

/**
 * The actions of a request to App Configuration, on `<host>/kv/<key>` whatever the label, and `<host>/snapshots/<name>`.
 * Throws `malformed_request` for one that has more than one reading or none.
 */
export function readAppConfig(request: AgentRequest): readonly Action[] {
  const { method, host } = request;
  const query = readQuery(request, { known, repeated });
  const found = find(method, readPath(request.path).segments);
  if (found === undefined) {
    throw unreadable(
      `${printable(`${method} ${request.path}`)} is no operation of App Configuration that is known; use one that it documents`,
    );
  }
  const name = found.action;
  const resource = `${host}/${found.resource.replaceAll('%2F', '/')}`;
  if (found.flags.has('all')) return [{ name, resource, part: '' }];
  // A snapshot holds what its filters found, which are in the content.
  if (found.flags.has('reads')) {
    return [
      { name, resource },
      { name: `${store}keyValues/read`, resource: `${host}/kv`, part: '' },
    ];
  }
  if (!found.flags.has('filtered')) return [{ name, resource }];
  return [...filtered(name, resource, query.get('key')), ...ofSnapshot(host, query)];
}

function ofSnapshot(host: string, query: Query): readonly Action[] {
  const snapshot = query.get('snapshot');
  if (snapshot === undefined) return [];
  return [
    { name: `${store}snapshots/read`, resource: `${host}/snapshots/${snapshot}` },
    { name: `${store}keyValues/read`, resource: `${host}/kv`, part: '' },
  ];
}

/** Far more than the service takes. */
const mostKeys = 100;

/** `*` ends a prefix, a comma separates, a backslash escapes (App Configuration, "Key-values", "Filtering"). */
function filtered(name: string, resource: string, filter = '*'): readonly Action[] {
  const keys = filter.split(',');
  if (keys.length > mostKeys) throw unreadable(`the filter has more than ${mostKeys} keys; send several`);
  return keys.map((one) => {
    const start = one.replace(/\*$/, '');
    if (filter.includes('\\') || start.includes('*')) return { name, resource, part: '' };
    return one === start ? { name, resource: `${resource}/${one}` } : { name, resource, part: start };
  });
}
