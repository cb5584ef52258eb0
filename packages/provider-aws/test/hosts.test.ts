import { expect, test } from 'vitest';
import { customEndpoint, endpointAt, hostPatterns, readEndpoint } from '../src/hosts.ts';
import rules from './endpoint-rules.json' with { type: 'json' };

const suffixes: Readonly<Record<string, readonly [string, string]>> = {
  cn: ['amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  eusc: ['amazonaws.eu', 'api.amazonwebservices.eu'],
  iso: ['c2s.ic.gov', 'api.aws.ic.gov'],
  isob: ['sc2s.sgov.gov', 'api.aws.scloud'],
  isoe: ['cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  isof: ['csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
};

function suffixOf(region: string, isDualStack: boolean): string {
  const [, kind = ''] = /^(?:us-|eu-)?(cn|eusc|iso[bef]?)-/.exec(region) ?? [];
  const [plain, dualStack] = suffixes[kind] ?? ['amazonaws.com', 'api.aws'];
  return isDualStack ? dualStack : plain;
}

test.each(Object.entries(rules))('reads every host that the endpoint rules of %s give', (id, client) => {
  const { family, signingName, usual, others } = client;
  const expected = Object.entries(usual).flatMap(([options, regions]) =>
    regions.split(' ').flatMap((region) =>
      [...options].map((option) => {
        const fips = option === 'f' || option === 'b' ? '-fips' : '';
        return [`${family}${fips}.${region}.${suffixOf(region, option === 'd' || option === 'b')}`, region];
      }),
    ),
  );
  for (const [host = '', region] of [...expected, ...Object.entries(others)]) {
    const endpoint = readEndpoint(host);
    expect(endpoint, host).toMatchObject({ signingName, region, algorithm: 'sigv4', labels: [] });
    expect(endpoint?.service.startsWith('s3') === true || endpoint?.models.includes(id), host).toBe(true);
  }
});

/** Host: service, region, and what else is said: models, signing name, labels, account, partition. */
const hosts: readonly (readonly [string, string, string, object?])[] = [
  ['api.ecr.us-east-1.amazonaws.com', 'api.ecr', 'us-east-1', { models: ['ecr'], signingName: 'ecr' }],
  ['api.pricing.us-east-1.amazonaws.com', 'api.pricing', 'us-east-1', { signingName: 'pricing' }],
  ['api.sagemaker.us-east-1.amazonaws.com', 'api.sagemaker', 'us-east-1', { models: ['sagemaker'] }],
  [
    'runtime.sagemaker.us-east-1.amazonaws.com',
    'runtime.sagemaker',
    'us-east-1',
    { models: ['sagemakerruntime'] },
  ],
  ['streams.dynamodb.us-east-1.amazonaws.com', 'streams.dynamodb', 'us-east-1', { signingName: 'dynamodb' }],
  ['data-ats.iot.us-east-1.amazonaws.com', 'data-ats.iot', 'us-east-1', { signingName: 'iotdata' }],
  [
    'a1b2c3-ats.iot.us-east-1.amazonaws.com',
    'data-ats.iot',
    'us-east-1',
    { labels: ['a1b2c3-ats'], models: ['iotdataplane'] },
  ],
  ['iot.us-east-1.amazonaws.com', 'iot', 'us-east-1', { models: ['iot'], signingName: 'iot' }],
  ['a1b2c3.jobs.iot.us-east-1.amazonaws.com', 'data.jobs.iot', 'us-east-1', { models: ['iotjobsdataplane'] }],
  ['runtime-v2-lex.us-east-1.amazonaws.com', 'runtime-v2-lex', 'us-east-1', { signingName: 'lex' }],
  [
    'metering.marketplace.us-east-1.amazonaws.com',
    'metering.marketplace',
    'us-east-1',
    { signingName: 'aws-marketplace' },
  ],
  [
    'email.us-east-1.amazonaws.com',
    'email',
    'us-east-1',
    { models: ['pinpointemail', 'ses', 'sesv2'], signingName: 'ses' },
  ],
  ['monitoring.us-east-1.amazonaws.com', 'monitoring', 'us-east-1', { models: ['cloudwatch'] }],
  [
    'sync-states.us-east-1.amazonaws.com',
    'sync-states',
    'us-east-1',
    { models: ['sfn'], signingName: 'states' },
  ],
  ['stream-logs.us-east-1.amazonaws.com', 'stream-logs', 'us-east-1', { models: ['cloudwatchlogs'] }],
  ['streaming-logs.us-east-1.amazonaws.com', 'streaming-logs', 'us-east-1', { signingName: 'logs' }],
  ['data-servicediscovery.us-east-1.amazonaws.com', 'data-servicediscovery', 'us-east-1', {}],
  [
    'tracking.geo.us-east-1.amazonaws.com',
    'tracking.geo',
    'us-east-1',
    { models: ['location'], signingName: 'geo' },
  ],
  ['acm-acme.us-east-1.api.aws', 'acm-acme', 'us-east-1', { models: ['acm'], signingName: 'acm' }],
  [
    '123456789012.ddb.us-east-1.amazonaws.com',
    'dynamodb',
    'us-east-1',
    { accountId: '123456789012', models: ['dynamodb'] },
  ],
  [
    '123456789012.data-kinesis.us-east-1.amazonaws.com',
    'kinesis',
    'us-east-1',
    { accountId: '123456789012' },
  ],
  [
    'ingest-cell1.timestream.us-east-1.amazonaws.com',
    'ingest.timestream',
    'us-east-1',
    { models: ['timestreamwrite'] },
  ],
  ['vpce-0a1-b2.sqs.us-east-1.vpce.amazonaws.com', 'sqs', 'us-east-1', { labels: ['vpce-0a1-b2'] }],
  ['vpce-0a1-b2-us-east-1a.api.ecr.us-east-1.vpce.amazonaws.com', 'api.ecr', 'us-east-1', {}],
  ['queue.amazonaws.com', 'queue', 'us-east-1', { models: ['sqs'], signingName: 'sqs', isGlobal: false }],
  ['us-east-2.queue.amazonaws.com', 'queue', 'us-east-2', { models: ['sqs'] }],
  ['ec2.amazonaws.com', 'ec2', 'us-east-1', { isGlobal: false }],
  ['api.ec2.us-east-1.aws', 'ec2', 'us-east-1', { models: ['ec2'] }],
  ['iam.amazonaws.com', 'iam', 'us-east-1', { isGlobal: true }],
  ['iam.us-gov.amazonaws.com', 'iam', 'us-gov-west-1', { partition: 'aws-us-gov', isGlobal: true }],
  ['iam.cn-north-1.amazonaws.com.cn', 'iam', 'cn-north-1', { partition: 'aws-cn', isGlobal: true }],
  ['sts.amazonaws.com', 'sts', 'us-east-1', { isGlobal: true }],
  ['sts.us-west-2.amazonaws.com', 'sts', 'us-west-2', { isGlobal: false }],
  ['organizations.us-east-1.amazonaws.com', 'organizations', 'us-east-1', { isGlobal: true }],
  ['route53.amazonaws.com.cn', 'route53', 'cn-northwest-1', { partition: 'aws-cn' }],
  [
    'global.health.amazonaws.com',
    'global.health',
    'us-east-1',
    { models: ['health'], signingName: 'health' },
  ],
  ['abc.execute-api.us-east-1.amazonaws.com', 'execute-api', 'us-east-1', { labels: ['abc'] }],
  ['abc.lambda-url.us-east-1.on.aws', 'lambda-url', 'us-east-1', { signingName: 'lambda', labels: ['abc'] }],
  ['abc.appsync-api.us-east-1.amazonaws.com', 'appsync-api', 'us-east-1', { signingName: 'appsync' }],
  [
    'search-d-abc.us-east-1.es.amazonaws.com',
    'es-domain',
    'us-east-1',
    { signingName: 'es', labels: ['search-d-abc'] },
  ],
  ['search-d-abc.aos.us-east-1.on.aws', 'es-domain', 'us-east-1', { signingName: 'es', models: [] }],
  ['abc.us-east-1.aoss.amazonaws.com', 'aoss-collection', 'us-east-1', { signingName: 'aoss' }],
  [
    'doc-d-abc.us-east-1.cloudsearch.amazonaws.com',
    'cloudsearchdomain',
    'us-east-1',
    { signingName: 'cloudsearch' },
  ],
  ['g-abc123.us-east-1.neptune-graph.amazonaws.com', 'neptune-graph', 'us-east-1', { labels: ['g-abc123'] }],
  ['abc.veo.endpoint.events.amazonaws.com', 'events', '*', { algorithm: 'sigv4a', labels: ['abc', 'veo'] }],
  ['abc.xyz.endpoints.email.global.api.aws', 'email', '*', { algorithm: 'sigv4a', signingName: 'ses' }],
  [
    '123456789012.cloudfront-kvs.global.api.aws',
    'cloudfront-kvs',
    '*',
    { algorithm: 'sigv4a', accountId: '123456789012' },
  ],
];

test.each(hosts.map((row) => ({ row, label: row[0] })))('reads $label', ({ row }) => {
  const [host, service, region, more = {}] = row;
  expect(readEndpoint(host)).toMatchObject({ service, region, ...more });
});

/** Host: service, region, what stands left of it. */
const s3Hosts: readonly (readonly [string, string, string, readonly string[]])[] = [
  ['s3.amazonaws.com', 's3', 'us-east-1', []],
  ['s3.us-west-2.amazonaws.com', 's3', 'us-west-2', []],
  ['s3-us-west-2.amazonaws.com', 's3', 'us-west-2', []],
  ['s3-fips-us-gov-west-1.amazonaws.com', 's3', 'us-gov-west-1', []],
  ['b.s3.amazonaws.com', 's3', 'us-east-1', ['b']],
  ['my.dotted.bucket.s3.eu-west-1.amazonaws.com', 's3', 'eu-west-1', ['my', 'dotted', 'bucket']],
  ['my-fips.s3-fips.us-east-1.amazonaws.com', 's3', 'us-east-1', ['my-fips']],
  ['dualstack.s3.dualstack.us-east-1.amazonaws.com', 's3', 'us-east-1', ['dualstack']],
  ['s3.s3.us-east-1.amazonaws.com', 's3', 'us-east-1', ['s3']],
  ['b.s3-external-1.amazonaws.com', 's3', 'us-east-1', ['b']],
  ['b.s3-accelerate.amazonaws.com', 's3', '', ['b']],
  ['b.s3-accelerate.dualstack.amazonaws.com', 's3', '', ['b']],
  ['b.s3.cn-north-1.amazonaws.com.cn', 's3', 'cn-north-1', ['b']],
  [
    'ap-123456789012.s3-accesspoint.us-east-1.amazonaws.com',
    's3-accesspoint',
    'us-east-1',
    ['ap-123456789012'],
  ],
  [
    'ap-123456789012.s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com',
    's3-accesspoint',
    'us-east-1',
    ['ap-123456789012'],
  ],
  [
    'ol-123456789012.s3-object-lambda.us-east-1.amazonaws.com',
    's3-object-lambda',
    'us-east-1',
    ['ol-123456789012'],
  ],
  [
    'ap-123456789012.op-01ac5d.s3-outposts.us-east-1.amazonaws.com',
    's3-outposts',
    'us-east-1',
    ['ap-123456789012', 'op-01ac5d'],
  ],
  ['123456789012.s3-control.us-east-1.amazonaws.com', 's3-control', 'us-east-1', ['123456789012']],
  [
    'b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com',
    's3express',
    'us-east-1',
    ['b--use1-az4--x-s3'],
  ],
  [
    'b--use1-az4--x-s3.s3express-fips-use1-az4.dualstack.us-east-1.amazonaws.com',
    's3express',
    'us-east-1',
    ['b--use1-az4--x-s3'],
  ],
  ['s3express-control.us-east-1.amazonaws.com', 's3express-control', 'us-east-1', []],
  ['alias.mrap.accesspoint.s3-global.amazonaws.com', 's3-global', '*', ['alias', 'mrap']],
  ['bucket.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com', 's3', 'us-east-1', []],
  ['b.bucket.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com', 's3', 'us-east-1', ['b']],
  ['ap-1.accesspoint.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com', 's3-accesspoint', 'us-east-1', ['ap-1']],
  [
    '123456789012.control.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com',
    's3-control',
    'us-east-1',
    ['123456789012'],
  ],
];

test.each(s3Hosts)('reads %s, a host of S3', (host, service, region, labels) => {
  expect(readEndpoint(host)).toMatchObject({ service, region, labels, models: [] });
});

test.each([
  's3.amazonaws.com.evil.com',
  'evilamazonaws.com',
  'sqs.us-east-1.evilamazonaws.com',
  'amazonaws.com',
  'us-east-1.amazonaws.com',
  'global.api.aws',
  'nope.us-east-1.amazonaws.com',
  'x.sqs.us-east-1.amazonaws.com',
  'sqs.amazonaws.com.cn',
  'sqs.cn-north-1.amazonaws.com',
  'sqs.us-east-1.amazonaws.com.cn',
  'sqs.us-iso-east-1.amazonaws.com',
  'sqs.us-east-1a.amazonaws.com',
  'lambda.amazonaws.com',
  'ec2-1-2-3-4.compute-1.amazonaws.com',
  'ec2-1-2-3-4.us-west-2.compute.amazonaws.com',
  'lb-1.us-east-1.elb.amazonaws.com',
  'db.abc123.us-east-1.rds.amazonaws.com',
  'cluster.abc123.us-east-1.redshift.amazonaws.com',
  'c.abc123.0001.use1.cache.amazonaws.com',
  'b.s3-website-us-east-1.amazonaws.com',
  'b.s3-website.eu-central-1.amazonaws.com',
  's3-us-mars.amazonaws.com',
  'd111.cloudfront.net',
  'app.us-east-1.elasticbeanstalk.com',
  '123456789012.dkr.ecr.us-east-1.amazonaws.com',
  'git-codecommit.us-east-1.amazonaws.com',
  'portal.sso.us-east-1.amazonaws.com',
  'oidc.us-east-1.amazonaws.com',
  'abc.credentials.iot.us-east-1.amazonaws.com',
  '12345.ddb.us-east-1.amazonaws.com',
  'a.b.execute-api.us-east-1.amazonaws.com',
  'sqs.us-east-1.vpce.amazonaws.com',
  'vpce-1-2.vpce-svc-0a.us-east-1.vpce.amazonaws.com',
  'b.vpce-1a-2b.s3.us-east-1.vpce.amazonaws.com',
  'sqs.us-east-1.on.aws',
  'abc.lambda-url.cn-north-1.on.aws',
  'abc.lambda-url.us-east-1.amazonaws.com',
  'x.123456789012.s3-control.us-east-1.amazonaws.com',
  's3-global.amazonaws.com',
  's3express.us-east-1.amazonaws.com',
  'SQS.us-east-1.amazonaws.com',
  'sqs.us-east-1.amazonaws.com.',
  'sqs..us-east-1.amazonaws.com',
  '__proto__.us-east-1.amazonaws.com',
  '169.254.169.254',
])('knows no endpoint by the name of %s', (host) => {
  expect(readEndpoint(host)).toBeUndefined();
});

test('signs for each of the two APIs of a location host by the path', () => {
  const maps = readEndpoint('maps.geo.eu-west-1.amazonaws.com');
  if (maps === undefined) throw new Error('maps.geo is known');
  expect(endpointAt(maps, '/v2/tiles/x/1/2/3').signingName).toBe('geo-maps');
  expect(endpointAt(maps, '/maps/v0/maps/m/tiles/1/2/3').signingName).toBe('geo');
});

test('claims every suffix of AWS at any depth, and EC2 where its names ended in .aws', () => {
  const patterns = hostPatterns().map(({ host }) => host);
  for (const suffix of [
    'amazonaws.com',
    'api.aws',
    'on.aws',
    'amazonaws.com.cn',
    'amazonaws.eu',
    'c2s.ic.gov',
  ]) {
    expect(patterns).toContain(`**.${suffix}`);
  }
  expect(patterns).toContain('api.ec2.us-east-1.aws');
  expect(hostPatterns({ host: { host: 'minio.test', port: 9000 } })[0]).toEqual({
    host: 'minio.test',
    port: 9000,
  });
});

test('takes a server of its own for one service in the region that is configured', () => {
  expect(customEndpoint('eu-west-1', 's3', ['b'])).toMatchObject({
    service: 's3',
    region: 'eu-west-1',
    labels: ['b'],
    isForeign: true,
  });
  expect(customEndpoint('us-gov-west-1', 'sqs')).toMatchObject({ models: ['sqs'], partition: 'aws-us-gov' });
  expect(customEndpoint('anywhere', 'ses')).toMatchObject({
    service: 'email',
    signingName: 'ses',
    partition: 'aws',
  });
  expect(customEndpoint('eu-west-1', 'cloudwatch')).toMatchObject({
    service: 'monitoring',
    models: ['cloudwatch'],
  });
  expect(customEndpoint('eu-west-1', 'nope')).toBeUndefined();
  expect(customEndpoint('eu-west-1', 'sqs', ['x'])).toBeUndefined();
});
