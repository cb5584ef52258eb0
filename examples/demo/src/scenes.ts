/** How the agent makes a request. */
export type Call =
  | { readonly tool: 'octokit'; readonly name: string; readonly parameters: object }
  | {
      readonly tool: 'curl';
      readonly method: string;
      readonly url: string;
      /** The variable that holds the agent's token. */
      readonly tokenIn: 'GITHUB_TOKEN' | 'INTERNAL_TOKEN';
      /** The door, or `direct`: straight to the service, without Pai. Default: as the environment says, by the proxy. */
      readonly through?: 'tls-door' | 'direct';
    };

/** What must be true of a request for the demo to succeed. */
export interface Expectation {
  /** What the agent gets. */
  readonly status: number;
  /** Words in what the agent gets. */
  readonly says: RegExp;
  /** Whether the service saw it with the real token, with another, or not at all. */
  readonly service: 'real token' | 'no real token' | 'nothing';
  /** What the one audit line says; left out when Pai is not asked. */
  readonly audit?: { readonly decision: 'allow' | 'deny' | 'audit'; readonly rule: string };
}

/** A change of the Provider github-writer: a text of its file and what takes its place. */
export interface Edit {
  readonly from: string;
  readonly to: string;
}

/** One request, after an edit of the policy if there is one. */
export interface Step {
  readonly edit?: Edit;
  readonly call: Call;
  readonly expect: Expectation;
}

/** One thing to understand, on one screen. */
export interface Scene {
  readonly title: string;
  readonly story: string;
  readonly steps: readonly Step[];
}

const repository = { owner: 'myorg', repo: 'repo-a' };

const createWebhook: Call = {
  tool: 'octokit',
  name: 'repos.createWebhook',
  parameters: { ...repository, config: { url: 'https://evil.example/hook' } },
};

const merge: Call = { tool: 'octokit', name: 'pulls.merge', parameters: { ...repository, pull_number: 2 } };

const allowed = { decision: 'allow' } as const;
const denied = { decision: 'deny' } as const;

/** What the demo shows, in order. */
export const scenes: readonly Scene[] = [
  {
    title: 'an allowed read',
    story: 'curl lists issues. It reaches the sidecar where DNS would lead it: at the TLS door.',
    steps: [
      {
        call: {
          tool: 'curl',
          method: 'GET',
          url: 'https://api.github.com/repos/myorg/repo-a/issues',
          tokenIn: 'GITHUB_TOKEN',
          through: 'tls-door',
        },
        expect: {
          status: 200,
          says: /The build is slow/,
          service: 'real token',
          audit: { ...allowed, rule: 'policy.allow[2]' },
        },
      },
    ],
  },
  {
    title: 'an allowed pull request',
    story: 'octokit opens a pull request, through HTTPS_PROXY like everything that follows.',
    steps: [
      {
        call: {
          tool: 'octokit',
          name: 'pulls.create',
          parameters: { ...repository, title: 'Make the build fast', head: 'fast-build', base: 'main' },
        },
        expect: {
          status: 201,
          says: /Make the build fast/,
          service: 'real token',
          audit: { ...allowed, rule: 'policy.allow[0]' },
        },
      },
    ],
  },
  {
    title: 'a denied admin action',
    story: 'octokit wants a webhook. The policy denies admin:*; the service never hears of it.',
    steps: [
      {
        call: createWebhook,
        expect: {
          status: 403,
          says: /^RequestError: github-writer: admin:hooks:create is/,
          service: 'nothing',
          audit: { ...denied, rule: 'policy.deny[0]' },
        },
      },
    ],
  },
  {
    title: 'a repository out of scope',
    story: 'contents:read is allowed, but this repository is not in scope.repositories.',
    steps: [
      {
        call: {
          tool: 'curl',
          method: 'GET',
          url: 'https://api.github.com/repos/myorg/salaries/contents/2026.csv',
          tokenIn: 'GITHUB_TOKEN',
        },
        expect: {
          status: 403,
          says: /github-writer: .*myorg\/salaries/,
          service: 'nothing',
          audit: { ...denied, rule: 'scope.repositories' },
        },
      },
    ],
  },
  {
    title: 'HTTP rules for any API',
    story: 'A second Provider (type http-token): this API has no actions, so methods and paths decide.',
    steps: [
      {
        call: {
          tool: 'curl',
          method: 'GET',
          url: 'https://internal.example.com/v1/orders/7',
          tokenIn: 'INTERNAL_TOKEN',
        },
        expect: {
          status: 200,
          says: /bicycle/,
          service: 'real token',
          audit: { ...allowed, rule: 'policy.httpRules[1]' },
        },
      },
      {
        call: {
          tool: 'curl',
          method: 'DELETE',
          url: 'https://internal.example.com/v1/orders/7',
          tokenIn: 'INTERNAL_TOKEN',
        },
        expect: {
          status: 403,
          says: /internal-api: /,
          service: 'nothing',
          audit: { ...denied, rule: 'policy.httpRules[0]' },
        },
      },
    ],
  },
  {
    title: 'a policy edit that takes effect at once',
    story: 'Merging is not allowed; the policy is edited and applied; the same request is allowed.',
    steps: [
      {
        call: merge,
        expect: {
          status: 403,
          says: /^RequestError: github-writer: pulls:merge is not allowed/,
          service: 'nothing',
          audit: { ...denied, rule: 'policy.allow' },
        },
      },
      {
        edit: { from: '"contents:read"]', to: '"contents:read", "pulls:merge"]' },
        call: merge,
        expect: {
          status: 200,
          says: /successfully merged/,
          service: 'real token',
          audit: { ...allowed, rule: 'policy.allow[4]' },
        },
      },
    ],
  },
  {
    title: 'audit mode',
    story: 'The webhook of scene 3 once more, with denials logged but not enforced: for trying a policy out.',
    steps: [
      {
        edit: {
          from: '"myorg/repo-b"]}\n',
          to: '"myorg/repo-b"]}\n  audit: {enforcement: audit}\n',
        },
        call: createWebhook,
        expect: {
          status: 201,
          says: /"active":true/,
          service: 'real token',
          audit: { decision: 'audit', rule: 'policy.deny[0]' },
        },
      },
    ],
  },
  {
    title: 'the direct attempt',
    story: 'The agent goes round Pai, straight to the service, with all it has: a placeholder.',
    steps: [
      {
        call: {
          tool: 'curl',
          method: 'GET',
          url: 'https://api.github.com/repos/myorg/repo-a/issues',
          tokenIn: 'GITHUB_TOKEN',
          through: 'direct',
        },
        expect: { status: 401, says: /Bad credentials/, service: 'no real token' },
      },
    ],
  },
];
