import { generateKeyPairSync } from 'node:crypto';
import { createEmulator, type Emulator } from 'emulate';

/** The token that only the gate has for the REST API behind it. */
const innerToken = 'inner-token';

/** An app that is installed on `myorg`. */
export const app = {
  id: 4242,
  installation: 777,
  /** In PEM. */
  privateKey: generateKeyPairSync('rsa', { modulusLength: 2_048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString(),
} as const;

/** GitHub's REST API with state, and apps whose JWTs and tokens it judges. */
export interface RestService {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Calls it with JSON. Throws what GitHub says when that is an error. */
  readonly call: <T>(method: string, path: string, body?: object) => Promise<T>;
  /** What every request to it must have. */
  readonly authorization: string;
  readonly close: () => Promise<void>;
}

/** Starts it with repositories of `myorg` and `other`, issues, a pull request (2 of `watched`), and an app. */
export async function startRestService(port: number): Promise<RestService> {
  const members = [{ login: 'octo-agent', role: 'admin' }];
  const emulator: Emulator = await createEmulator({
    service: 'github',
    port,
    baseUrl: 'https://api.github.com',
    seed: {
      tokens: { [innerToken]: { login: 'octo-agent', scopes: ['repo', 'user', 'admin:org', 'read:org'] } },
      github: {
        users: [{ login: 'octo-agent', name: 'Octo Agent', email: 'octo-agent@example.com' }],
        orgs: ['myorg', 'other'].map((login) => ({ login, name: login, members })),
        apps: [
          {
            app_id: app.id,
            slug: 'octo-app',
            name: 'Octo App',
            private_key: app.privateKey,
            permissions: { metadata: 'read', issues: 'write', contents: 'read' },
            installations: [
              { installation_id: app.installation, account: 'myorg', repository_selection: 'all' },
            ],
          },
        ],
        repos: [
          { owner: 'myorg', name: 'repo-a', auto_init: true },
          { owner: 'myorg', name: 'repo-b', auto_init: true },
          { owner: 'other', name: 'secret', auto_init: true, private: true },
          { owner: 'myorg', name: 'watched', auto_init: true },
        ],
      },
    },
  });
  const origin = `http://127.0.0.1:${port}`;
  const authorization = `Bearer ${innerToken}`;
  const call: RestService['call'] = async (method, path, body) => {
    const response = await fetch(origin + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  await call('POST', '/repos/myorg/repo-a/issues', { title: 'a real issue', body: 'of repo-a' });
  await call('POST', '/repos/other/secret/issues', { title: 'a secret issue', body: 'of another' });
  const watched = '/repos/myorg/watched';
  const main = await call<{ object: { sha: string } }>('GET', `${watched}/git/ref/heads/main`);
  await call('POST', `${watched}/git/refs`, { ref: 'refs/heads/topic', sha: main.object.sha });
  await call('PUT', `${watched}/contents/a.txt`, { message: 'a change', content: 'eA==', branch: 'topic' });
  await call('POST', `${watched}/issues`, { title: 'an issue', body: 'number 1' });
  await call('POST', `${watched}/pulls`, { title: 'a pull request', head: 'topic', base: 'main' });
  return { origin, authorization, call, close: () => emulator.close() };
}
