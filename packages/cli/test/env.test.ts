import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { apiProvider, createDesk } from './pai.ts';

async function createEnvDesk() {
  const desk = await createDesk();
  await writeFile(join(desk.directory, 'api.yaml'), apiProvider());
  await desk.pai(['apply', '-f', join(desk.directory, 'api.yaml')]);
  return desk;
}

describe('pai env', () => {
  test('prints the same variables in every format, and a shell reads them back', async () => {
    const { pai, directory } = await createEnvDesk();
    const args = [
      'env',
      '--provider',
      'api',
      '--proxy',
      '127.0.0.1:3128',
      '--dir',
      join(directory, "agent's files"),
    ];
    const json = JSON.parse((await pai([...args, '--format', 'json'])).out);
    expect(json).toMatchObject({
      API_TOKEN: 'pai-placeholder-api',
      HTTPS_PROXY: 'http://127.0.0.1:3128',
      https_proxy: 'http://127.0.0.1:3128',
      SSL_CERT_FILE: join(directory, "agent's files", 'ca-bundle.pem'),
    });
    expect(parseEnv((await pai([...args, '--format', 'dotenv'])).out)).toEqual(json);
    const { out } = await pai(args);
    const script = `${out}\nprintf '%s' "$SSL_CERT_FILE $API_TOKEN"`;
    const { stdout } = await promisify(execFile)('sh', ['-c', script], { env: {} });
    expect(stdout).toBe(`${json.SSL_CERT_FILE} pai-placeholder-api`);
  });

  test('takes away what would win over the variables of the agent, as pai run does', async () => {
    const { pai, directory } = await createEnvDesk();
    const { out } = await pai(['env', '--provider', 'api', '--dir', join(directory, 'files')]);
    const script = `set -eu\n${out}\nenv`;
    const own = { PATH: process.env['PATH'], AWS_CA_BUNDLE: '/mine.pem', ALL_PROXY: 'http://proxy.example' };
    const { stdout } = await promisify(execFile)('sh', ['-c', script], { env: own });
    expect(stdout).toContain('REQUESTS_CA_BUNDLE=');
    expect(stdout).not.toMatch(/mine\.pem|proxy\.example/);
  });

  test('quotes what has quotes or spaces in it as its readers expect', async () => {
    const { pai, directory } = await createEnvDesk();
    await writeFile(
      join(directory, 'tracker.yaml'),
      `apiVersion: pai.io/v1
kind: Provider
metadata: {name: tracker}
spec: {type: mcp, mcp: {transport: http, url: "https://mcp.example.com/mcp"}}
`,
    );
    await pai(['apply', '-f', join(directory, 'tracker.yaml')]);
    const args = ['env', '--provider', 'tracker', '--dir', join(directory, 'a place')];
    const json = JSON.parse((await pai([...args, '--format', 'json'])).out);
    expect(JSON.parse(json.PAI_MCP_SERVERS)).toHaveLength(1);
    expect(parseEnv((await pai([...args, '--format', 'dotenv'])).out)).toEqual(json);
    expect(json.JAVA_TOOL_OPTIONS).toContain(`trustStore="${join(directory, 'a place', 'ca-bundle.jks')}" `);
  });

  test('leads clients to the proxy for a service on this machine', async () => {
    const { pai, directory } = await createEnvDesk();
    const args = ['env', '--provider', 'api', '--proxy', '127.0.0.1:3128', '--format', 'json'];
    const java =
      '-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=3128 -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=3128';
    expect(JSON.parse((await pai(args)).out)).toMatchObject({
      NO_PROXY: 'localhost,127.0.0.1,::1',
      JAVA_TOOL_OPTIONS: expect.stringMatching(
        `changeit ${java} -Dhttp.nonProxyHosts=localhost\\|127.0.0.1\\|\\[::1]$`,
      ),
    });
    const here = apiProvider().replace('host: api.example.com', 'host: localhost:9443');
    await writeFile(join(directory, 'api.yaml'), here);
    await pai(['apply', '-f', join(directory, 'api.yaml')]);
    expect(JSON.parse((await pai(args)).out)).toMatchObject({
      NO_PROXY: '127.0.0.1,::1',
      no_proxy: '127.0.0.1,::1',
      JAVA_TOOL_OPTIONS: expect.stringMatching(/ -Dhttp\.nonProxyHosts=127\.0\.0\.1\|\[::1]$/),
    });
  });

  test('writes them to a file where there is no shell to do it', async () => {
    const { pai, directory } = await createEnvDesk();
    const file = join(directory, 'env');
    const { out } = await pai(['env', '--provider', 'api', '--dir', directory]);
    const told = await pai(['env', '--provider', 'api', '--dir', directory, '--output', file]);
    expect(told).toEqual({ status: 0, out: '', err: '' });
    expect(await readFile(file, 'utf8')).toBe(out);
  });

  test('says which file cannot be written', async () => {
    const { pai, directory } = await createEnvDesk();
    const file = join(directory, 'no', 'env');
    const told = await pai(['env', '--provider', 'api', '--dir', directory, '--output', file]);
    const err = `pai: ${file} cannot be used (ENOENT); check the path, its permissions and the disk (state_unwritable)\n`;
    expect(told).toEqual({ status: 1, out: '', err });
  });

  test('lays the CA alone, and with the system roots where a setting replaces them', async () => {
    const { pai, directory, home } = await createEnvDesk();
    const dir = join(directory, 'agent');
    await pai(['env', '--provider', 'api', '--dir', dir]);
    const ca = await readFile(join(home, 'ca', 'ca.pem'), 'utf8');
    expect(await readFile(join(dir, 'ca.pem'), 'utf8')).toBe(ca);
    const bundle = await readFile(join(dir, 'ca-bundle.pem'), 'utf8');
    expect(bundle).toContain(ca.trim());
    expect(bundle.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(50);
    expect((await readFile(join(dir, 'ca-bundle.jks'))).readUInt32BE(0)).toBe(0xfeedfeed);
  });

  test('names no proxy when there is none, and needs no Secret', async () => {
    const { pai } = await createEnvDesk();
    const { status, out } = await pai(['env', '--provider', 'api', '--format', 'json']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).not.toHaveProperty('HTTPS_PROXY');
  });
});
