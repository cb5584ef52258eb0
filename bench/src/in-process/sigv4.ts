import { bodyOf, emptyBody, Secret, type UpstreamRequest } from '@pai/core';
import { createAwsInjector, createSigner, type Endpoint } from '@pai/provider-aws';
import aws4 from 'aws4';
import { AwsV4Signer } from 'aws4fetch';

const [name, times] = process.argv.slice(2) as [string, string];
const count = Number(times);

const host = 'bucket.s3.eu-west-1.amazonaws.com';
const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const keys = Array.from({ length: 64 }, (_, i) => `/reports/2026/11/part-${i}.parquet`);

type Sign = (key: string, content?: Buffer) => Promise<unknown>;

/** What the sidecar adds to a request: all of what the Provider does to it. */
function own(): Sign {
  const endpoint: Endpoint = {
    service: 's3',
    models: [],
    signingName: 's3',
    region: 'eu-west-1',
    partition: 'aws',
    labels: ['bucket'],
    algorithm: 'sigv4',
    isGlobal: false,
  };
  const credentials = { accessKeyId, secretAccessKey: new Secret('bench/secret', secretAccessKey) };
  const signer = createSigner({ credentials: async () => credentials, now: Date.now });
  const inject = createAwsInjector({ signer, endpointOf: () => endpoint });
  return async (target, content) => {
    const headers = [
      'user-agent',
      'aws-sdk-js/3.1169.0',
      'accept',
      '*/*',
      'amz-sdk-request',
      'attempt=1; max=3',
    ];
    headers.push('x-amz-content-sha256', content === undefined ? emptyHash : 'UNSIGNED-PAYLOAD');
    const body = content === undefined ? emptyBody : bodyOf(content);
    const method = content === undefined ? 'GET' : 'PUT';
    const request: UpstreamRequest = { method, host, port: 443, target, headers, body };
    await inject(request);
    return request.headers.at(-1);
  };
}

const byAws4: Sign = async (path, content) => {
  const headers: Record<string, string> = {
    'x-amz-content-sha256': content === undefined ? emptyHash : 'UNSIGNED-PAYLOAD',
  };
  const method = content === undefined ? 'GET' : 'PUT';
  const request = { host, path, method, headers, service: 's3', region: 'eu-west-1' };
  return aws4.sign(request, { accessKeyId, secretAccessKey }).headers?.['Authorization'];
};

const byAws4fetch: Sign = async (path, content) => {
  const method = content === undefined ? 'GET' : 'PUT';
  const url = `https://${host}${path}`;
  const headers = { 'x-amz-content-sha256': content === undefined ? emptyHash : 'UNSIGNED-PAYLOAD' };
  const options = { method, url, headers, accessKeyId, secretAccessKey, service: 's3', region: 'eu-west-1' };
  return (await new AwsV4Signer(options).sign()).headers.get('authorization');
};

/** Microseconds of CPU that one signature costs. */
async function time(sign: Sign, content?: Buffer): Promise<number> {
  const run = async (times: number) => {
    for (let i = 0; i < times; i += 1) {
      const key = keys[i % keys.length] ?? '';
      if (typeof (await sign(key, content)) !== 'string') throw new Error(`${name} did not sign`);
    }
  };
  await run(count);
  const before = process.cpuUsage();
  await run(count);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

const sign = { sidecar: own(), aws4: byAws4, aws4fetch: byAws4fetch }[name];
if (sign === undefined) throw new Error(`${name} signs nothing`);
const get = await time(sign);
process.stdout.write(JSON.stringify({ get, put: await time(sign, Buffer.alloc(1_024)) }));
