import { type Resource, resourceOf } from './nouns.ts';

/** The resource that a deeper segment takes over with, or undefined. `parts` are those of a template, or raw segments. */
export function rerooted(parts: readonly string[]): Resource | undefined {
  const lower = parts.map((part) => part.toLowerCase());
  return rules.find((rule) => rule.fits(lower))?.resource;
}

/**
 * Rule G3 of the naming rule: the noun it stands under (`*` any, `|` between several), how deep the segment stands
 * (`..` anywhere below the noun, else its index after the container), the segments, and the resource.
 */
const table = `
* .. secrets organization-secrets = secrets
* .. variables organization-variables = variables
branches|tags .. protection = !branch-protection
actions .. runners runner-groups hosted-runners = !runners
actions .. permissions oidc retention-limit storage-limit = !actions
code-scanning 1 default-setup = !code-security
code-quality 1 setup = !code-security
dependabot 1 repository-access = !code-security
secret-scanning 1 custom-patterns pattern-configurations = !code-security
codespaces 1 access = !codespaces
copilot 1 billing policies coding-agent content_exclusion = !copilot
commits 2 status statuses = statuses
commits 2 check-runs check-suites = checks
commits 2 pulls = pulls
members|pulls 2 codespaces = codespaces
members 2 copilot = copilot
settings 1 billing = !billing
settings 1 network-configurations network-settings = !networks
`;

interface Rule {
  readonly resource: Resource;
  readonly fits: (parts: readonly string[]) => boolean;
}

const rules: readonly Rule[] = table.trim().split('\n').map(compile);

function compile(line: string): Rule {
  const [left = '', resource = ''] = line.split(' = ');
  const [under = '', depth, ...segments] = left.split(' ');
  const nouns = under.split('|');
  const fits: Rule['fits'] = (parts) => {
    if (under !== '*' && !nouns.includes(parts[0] ?? '')) return false;
    if (depth === '..') return parts.some((part, i) => i > 0 && segments.includes(part));
    return segments.includes(parts[Number(depth)] ?? '');
  };
  return { resource: resourceOf(resource), fits };
}
