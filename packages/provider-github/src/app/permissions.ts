import { patternsOf } from '../patterns.ts';

/** Permissions of an installation token by name, as `POST /app/installations/{id}/access_tokens` takes them. */
export type Permissions = Readonly<Record<string, Level>>;

type Level = 'read' | 'write';

/**
 * The least permissions that hold everything a policy's `allow` lets through, or undefined when one of its patterns
 * reaches beyond the resources in the table. Installations are always granted `metadata: read`.
 */
export function permissionsFor(allow: readonly string[]): Permissions | undefined {
  const needed = new Map<string, Level>([['metadata', 'read']]);
  for (const pattern of allow.flatMap(patternsOf)) {
    const found = permissionsOf(pattern.toLowerCase());
    if (found === undefined) return undefined;
    for (const [permission, level] of found) {
      if (needed.get(permission) !== 'write') needed.set(permission, level);
    }
  }
  return Object.fromEntries(needed);
}

type Need = readonly [permission: string, level: Level];

function permissionsOf(pattern: string): readonly Need[] | undefined {
  const [, resource = '', verb = ''] = /^(.+):([^:]+)$/.exec(pattern) ?? [];
  const permission = byResource.get(resource);
  if (permission === undefined) return undefined;
  if (!verb.includes('*')) return byName.get(pattern) ?? [[permission, levelOf(permission, verb)]];
  const special = [...byName]
    .filter(([name]) => name.startsWith(`${resource}:`))
    .flatMap(([, needs]) => needs);
  return [[permission, levelOf(permission, verb)], ...special];
}

/** Nothing is written by `metadata`: what would write is not for installations. */
function levelOf(permission: string, verb: string): Level {
  return verb === 'read' || permission === 'metadata' ? 'read' : 'write';
}

/**
 * Resources of the vocabulary by the permission that GitHub asks for, reading or writing. Left out: what GitHub asks
 * different permissions for in repositories, organizations and accounts, such as secrets and hooks. Source:
 * https://docs.github.com/rest/authentication/permissions-required-for-github-apps
 */
const resources = `
actions: actions
administration: admin:autolinks admin:branch-protection admin:collaborators admin:environments admin:repos admin:traffic
attestations: attestations
checks: checks
contents: contents dependency-graph releases wiki
deployments: deployments
discussions: discussions
issues: issues labels milestones
metadata: apps events meta orgs repos search users
pages: pages
pull_requests: pulls
secret_scanning_alerts: secret-scanning
security_events: code-scanning
statuses: statuses
vulnerability_alerts: dependabot
`;

/** Actions that need another permission than their resource and verb say, or more than one. Source: as above. */
const names = `
actions:approve = actions:write checks:read deployments:write
actions:dispatch = actions:write contents:write
admin:environments:read = actions:read
admin:repos:fork = administration:write contents:read
contents:comment = contents:read
pages:create = pages:write administration:write
pages:delete = pages:write administration:write
pages:update = pages:write administration:write
pulls:merge = pull_requests:write contents:write
`;

const byResource: ReadonlyMap<string, string> = new Map(
  resources
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [permission = '', ...words] = line.split(/: | /);
      return words.map((resource): [string, string] => [resource, permission]);
    }),
);

const byName: ReadonlyMap<string, readonly Need[]> = new Map(
  names
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', needs = ''] = line.split(' = ');
      return [name, needs.split(' ').map(readNeed)];
    }),
);

function readNeed(text: string): Need {
  const [permission = '', level] = text.split(':');
  return [permission, level === 'read' ? 'read' : 'write'];
}
