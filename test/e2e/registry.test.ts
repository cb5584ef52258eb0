import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GitRig, isThere, startGitRig, token } from './git-rig.ts';

const provider = `
apiVersion: pai.io/v1
kind: Provider
metadata: {name: images}
spec:
  type: github
  auth: {type: pat, secretRef: github-pat}
  policy: {allow: ["packages:read"]}
  scope: {repositories: [myorg/image]}
`;

describe.skipIf(!isThere('skopeo'))('skopeo through the sidecar', () => {
  let rig: GitRig;

  beforeAll(async () => {
    rig = await startGitRig([], provider);
  });

  afterAll(() => rig?.close());

  const copy = (image: string, ...options: string[]) =>
    rig.run('skopeo', [
      '--insecure-policy',
      'copy',
      '-q',
      ...options,
      `docker://ghcr.io/${image}`,
      `dir:${rig.dir}/image`,
    ]);

  test.each([[[]], [['--src-creds', 'agent:own-password']]])('pulls an image with %j', async (options) => {
    rig.service.requests.length = 0;
    const { status, text } = await copy('myorg/image:latest', ...options);
    expect({ status, text }).toMatchObject({ status: 0 });
    const paths = rig.service.requests.map(({ host, url }) => `${host}${url.replace(/sha256:.*(?=\?)/, '')}`);
    expect(paths).toContain('pkg-containers.githubusercontent.com/ghcr1/blobs/?sig=abc');
    expect(paths.filter((path) => path.startsWith('ghcr.io/token'))).toEqual([]);
    expect(text).not.toContain(token);
  });

  test('is told why an image is out of scope', async () => {
    const { status, text } = await copy('other/image:latest');
    expect(status).not.toBe(0);
    expect(text).toContain('packages:read is out of scope: other/image is not in scope.repositories');
  });
});
