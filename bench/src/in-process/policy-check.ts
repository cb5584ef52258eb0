import type { AgentRequest } from '@pai/core';
import { compilePolicy } from '@pai/policy';
import { rulePaths } from '../homes.ts';

const [rules, count] = process.argv.slice(2).map(Number) as [number, number];

const httpRules = rulePaths(rules).map((path) => ({
  methods: ['GET'],
  paths: [path],
  effect: 'allow' as const,
}));
const byPath = compile({ httpRules }, true);
const allow = Array.from({ length: rules - 1 }, (_, i) => `things${i}:re*`);
const byAction = compile({ allow: [...allow, 'last:read'] }, false);

process.stdout.write(
  JSON.stringify({ paths: time(byPath, 'request'), actions: time(byAction, 'last:read') }),
);

type Policy = ReturnType<typeof compilePolicy>;

function compile(policy: Parameters<typeof compilePolicy>[0]['policy'], hasNoActions: boolean): Policy {
  return compilePolicy({
    name: 'bench',
    type: hasNoActions ? 'http-token' : 'github',
    policy,
    plugin: { hasNoActions },
    scope: () => undefined,
    hasScope: false,
  });
}

/** Microseconds of a decision that the last rule makes. */
function time({ decide }: Policy, action: string): number {
  const requests = Array.from(
    { length: 64 },
    (_, i) => ({ method: 'GET', path: `/v1/last/${i}` }) as AgentRequest,
  );
  const resolution = { actions: [{ name: action }] } as const;
  const run = (times: number) => {
    let allowed = 0;
    for (let i = 0; i < times; i += 1) {
      const request = requests[i % requests.length];
      if (request !== undefined && decide(request, resolution).effect === 'allow') allowed += 1;
    }
    if (allowed !== times) throw new Error(`${times - allowed} of ${times} were denied`);
  };
  run(count);
  const before = process.cpuUsage();
  run(count);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}
