import type { Answer, Handle } from './service.ts';

interface Pull {
  readonly number: number;
  readonly title: unknown;
  merged: boolean;
}

/** A small api.github.com that remembers: two repositories with issues, pull requests and webhooks. */
export function createGitHub(): Handle {
  const issues = [{ number: 1, title: 'The build is slow' }];
  const pulls: Pull[] = [];
  const hooks: unknown[] = [];

  const routes: readonly (readonly [string, RegExp, (match: readonly string[], body: Body) => Answer])[] = [
    ['GET', /^\/issues$/, () => ({ status: 200, body: issues })],
    ['GET', /^\/contents\/(.+)$/, ([path]) => ({ status: 200, body: { path, content: 'aGVsbG8=' } })],
    ['GET', /^\/pulls$/, () => ({ status: 200, body: pulls })],
    [
      'POST',
      /^\/pulls$/,
      (_, { title }) => {
        const pull = { number: issues.length + pulls.length + 1, title, merged: false };
        pulls.push(pull);
        return { status: 201, body: pull };
      },
    ],
    [
      'PUT',
      /^\/pulls\/(\d+)\/merge$/,
      ([number]) => {
        const pull = pulls.find((known) => known.number === Number(number));
        if (pull === undefined) return notFound;
        pull.merged = true;
        return { status: 200, body: { merged: true, message: 'Pull Request successfully merged' } };
      },
    ],
    [
      'POST',
      /^\/hooks$/,
      (_, { config }) => {
        hooks.push(config);
        return { status: 201, body: { id: hooks.length, active: true } };
      },
    ],
  ];

  return (method, path, body) => {
    const rest = /^\/repos\/[^/]+\/[^/]+(\/[^?]*)/.exec(path)?.[1] ?? '';
    for (const [verb, pattern, answer] of routes) {
      const match = verb === method ? pattern.exec(rest) : null;
      if (match !== null) return answer(match.slice(1), body);
    }
    return notFound;
  };
}

type Body = Readonly<Record<string, unknown>>;

const notFound: Answer = { status: 404, body: { message: 'Not Found' } };
