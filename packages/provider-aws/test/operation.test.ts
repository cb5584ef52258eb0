import { gzipSync } from 'node:zlib';
import { type RequestText, requestFor } from '@pai/core/conformance';
import { expect, test } from 'vitest';
import type { ServiceModel } from '../src/model.ts';
import { readOperation } from '../src/operation.ts';
import { models } from './service-model.ts';

const { dynamodb, sqs, cloudwatch, ec2, elb, elbv2, ses, sesv2, lambda, opensearch } = models;

const maintenances = '/2021-01-01/opensearch/domain/logs/domainMaintenances';

const json = { 'content-type': 'application/x-amz-json-1.0' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const cbor = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };
const getItem = { ...json, 'x-amz-target': 'DynamoDB_20120810.GetItem' };
const cborPath = '/service/DynamoDB_20120810/operation/DeleteTable';

type Sent = Omit<RequestText, 'url'> & { readonly target?: string };

/** The service and the operation, whether it is known, and its content. */
async function read(
  served: readonly ServiceModel[],
  { target = '/', method = 'POST', ...sent }: Sent,
  limit?: number,
) {
  const request = requestFor({ ...sent, method, url: `https://x.us-east-1.amazonaws.com${target}` });
  const { model, operation, isKnown, input } = await readOperation(request, served, limit);
  const content = await input.content();
  return {
    name: `${model.id} ${operation.name}${isKnown ? '' : ' (new)'}`,
    actions: operation.actions,
    content: 'value' in content ? content.value : content.unread,
    labels: Object.fromEntries(input.labels),
  };
}

const sendMessage = 'Action=SendMessage&Version=2012-11-05&QueueUrl=https%3A%2F%2Fx%2F123456789012%2Fjobs';

test.each<[what: string, served: readonly ServiceModel[], sent: Sent, name: string, content?: unknown]>([
  [
    'JSON 1.0',
    [dynamodb],
    { headers: getItem, body: '{"TableName":"t"}' },
    'dynamodb GetItem',
    { TableName: 't' },
  ],
  [
    'JSON 1.1 with a charset',
    [dynamodb],
    { headers: { ...getItem, 'content-type': 'application/x-amz-json-1.1; charset=UTF-8' }, body: '{}' },
    'dynamodb GetItem',
    {},
  ],
  ['JSON without content', [dynamodb], { headers: getItem }, 'dynamodb GetItem', undefined],
  [
    'CBOR by target',
    [dynamodb],
    {
      headers: { ...getItem, 'content-type': 'application/x-amz-cbor-1.1' },
      body: Buffer.from('bf695461626c654e616d656174ff', 'hex'),
    },
    'dynamodb GetItem',
    { TableName: 't' },
  ],
  [
    'Smithy RPC v2',
    [dynamodb],
    { target: cborPath, headers: cbor, body: Buffer.from('a1695461626c654e616d656174', 'hex') },
    'dynamodb DeleteTable',
    { TableName: 't' },
  ],
  [
    'a form',
    [cloudwatch],
    { headers: form, body: 'Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=a' },
    'cloudwatch DescribeAlarms',
    { AlarmNames: ['a'] },
  ],
  [
    "a form of EC2's",
    [ec2],
    { headers: form, body: 'Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-1' },
    'ec2 TerminateInstances',
    { InstanceId: ['i-1'] },
  ],
  [
    'a GET with Action',
    [ec2],
    { method: 'GET', target: '/?Action=DescribeInstances&Version=2016-11-15' },
    'ec2 DescribeInstances',
    {},
  ],
  [
    'a presigned GET',
    [ec2],
    {
      method: 'GET',
      target:
        '/?Action=DescribeInstances&Version=2016-11-15&X-Amz-Algorithm=x&X-Amz-Credential=y&X-Amz-Signature=z',
    },
    'ec2 DescribeInstances',
    {},
  ],
  [
    'an Action in the query of a POST',
    [ec2],
    { target: '/?Action=TerminateInstances', headers: form, body: 'Version=2016-11-15&InstanceId.1=i-1' },
    'ec2 TerminateInstances',
    { InstanceId: ['i-1'] },
  ],
  [
    'an escaped Action',
    [ec2],
    { headers: form, body: '%41ction=Terminate%49nstances&Version=2016-11-15' },
    'ec2 TerminateInstances',
  ],
  [
    'a gzipped form',
    [cloudwatch],
    {
      headers: { ...form, 'content-encoding': 'gzip' },
      body: gzipSync('Action=PutMetricData&Version=2010-08-01&Namespace=n'),
    },
    'cloudwatch PutMetricData',
    { Namespace: 'n' },
  ],
  [
    "SQS's form",
    [sqs],
    { headers: form, body: sendMessage },
    'sqs SendMessage',
    { QueueUrl: 'https://x/123456789012/jobs' },
  ],
  [
    'a form to the path of a queue',
    [sqs],
    { target: '/123456789012/jobs', headers: form, body: 'Action=SendMessage&Version=2012-11-05' },
    'sqs SendMessage',
    { QueueUrl: 'https://x.us-east-1.amazonaws.com/123456789012/jobs' },
  ],
  [
    'a form to the path of a queue that it names too',
    [sqs],
    { target: '/123456789012/jobs', headers: form, body: sendMessage },
    'sqs SendMessage',
  ],
  [
    'the only version, left out',
    [ec2],
    { headers: form, body: 'Action=DescribeInstances' },
    'ec2 DescribeInstances',
  ],
  [
    'a load balancer of the first kind by its version',
    [elb, elbv2],
    { headers: form, body: 'Action=DescribeLoadBalancers&Version=2012-06-01' },
    'elb DescribeLoadBalancers',
  ],
  [
    'a load balancer of the second kind by its version',
    [elb, elbv2],
    { headers: form, body: 'Action=DescribeLoadBalancers&Version=2015-12-01' },
    'elbv2 DescribeLoadBalancers',
  ],
  [
    "SES's first API",
    [ses, sesv2],
    { headers: form, body: 'Action=SendEmail&Version=2010-12-01' },
    'ses SendEmail',
  ],
  [
    "SES's second API",
    [ses, sesv2],
    { target: '/v2/email/outbound-emails', headers: { 'content-type': 'application/json' }, body: '{"a":1}' },
    'sesv2 SendEmail',
    { a: 1 },
  ],
  [
    'JSON that curl calls a form',
    [lambda],
    { target: '/2015-03-31/functions/x/invocations', headers: form, body: '{"a":1}' },
    'lambda Invoke',
  ],
  [
    'the one parameter that is called action',
    [opensearch],
    { method: 'GET', target: `${maintenances}?action=REBOOT_NODE` },
    'opensearch ListDomainMaintenances',
  ],
  ['a route', [lambda], { method: 'GET', target: '/2015-03-31/functions' }, 'lambda ListFunctions'],
  [
    'a route with a slash behind it',
    [lambda],
    { method: 'GET', target: '/2015-03-31/functions/' },
    'lambda ListFunctions',
  ],
  [
    "tomorrow's operation",
    [ec2],
    { headers: form, body: 'Action=BrandNewOp&Version=2016-11-15' },
    'ec2 BrandNewOp (new)',
  ],
  [
    "tomorrow's operation by target",
    [dynamodb],
    { headers: { ...json, 'x-amz-target': 'DynamoDB_20120810.BrandNewOp' } },
    'dynamodb BrandNewOp (new)',
  ],
])('reads %s', async (_what, served, sent, name, content) => {
  const found = await read(served, sent);
  expect(found.name).toBe(name);
  if (content !== undefined) expect(found.content).toEqual(content);
});

test('names an operation that it does not know by what the wire says', async () => {
  const { actions } = await read([ec2], { headers: form, body: 'Action=BrandNewOp&Version=2016-11-15' });
  expect(actions).toEqual(['ec2:BrandNewOp']);
});

test('hands on the labels of a route, decoded', async () => {
  const target =
    '/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A1%3Afunction%3Ahello%20x%2Fy/invocations';
  const { name, labels } = await read([lambda], { target });
  expect({ name, labels }).toEqual({
    name: 'lambda Invoke',
    labels: { FunctionName: 'arn:aws:lambda:us-east-1:1:function:hello x/y' },
  });
});

test('leaves content that is too large unread where something else names the operation', async () => {
  const { name, content } = await read(
    [dynamodb],
    { headers: getItem, body: `{"TableName":"${'t'.repeat(200)}"}` },
    100,
  );
  expect(name).toBe('dynamodb GetItem');
  expect(content).toMatch(/larger than the 100 bytes/);
});

const target = (value: string, ...more: string[]): Sent => ({
  headers: ['content-type', 'application/x-amz-json-1.0', 'x-amz-target', value, ...more],
  body: '{}',
});
const action = (body: string, sent: Sent = {}): Sent => ({ headers: form, body, ...sent });

test.each<[row: string, what: string, served: readonly ServiceModel[], sent: Sent, why: RegExp]>([
  // W11
  ['W11', 'no target', [dynamodb], { headers: json, body: '{}' }, /no X-Amz-Target or RPC path/],
  ['W11', 'no target and nothing else', [dynamodb], {}, /no operation is named/],
  [
    'W11',
    'two targets',
    [dynamodb],
    target('DynamoDB_20120810.GetItem', 'X-AMZ-TARGET', 'DynamoDB_20120810.DeleteTable'),
    /two X-Amz-Target/,
  ],
  [
    'W11',
    'the same target twice',
    [dynamodb],
    target('DynamoDB_20120810.GetItem', 'x-amz-target', 'DynamoDB_20120810.GetItem'),
    /two X-Amz-Target/,
  ],
  [
    'W11',
    'two targets in one',
    [dynamodb],
    target('DynamoDB_20120810.GetItem, DynamoDB_20120810.DeleteTable'),
    /no service of this host/,
  ],
  [
    'W11',
    'a target with an underscore',
    [dynamodb],
    { headers: { ...json, x_amz_target: 'DynamoDB_20120810.GetItem' } },
    /can be taken for/,
  ],
  [
    'W11',
    "another service's target",
    [dynamodb],
    target('AmazonSQS.GetItem'),
    /"AmazonSQS" is no service of this host, which has DynamoDB_20120810/,
  ],
  [
    'W11',
    'a target in another case',
    [dynamodb],
    target('dynamodb_20120810.GetItem'),
    /no service of this host/,
  ],
  [
    'W11',
    'an operation in another case',
    [dynamodb],
    target('DynamoDB_20120810.getItem'),
    /no name of an operation/,
  ],
  [
    'W11',
    'an operation in capitals',
    [dynamodb],
    target('DynamoDB_20120810.GETITEM'),
    /did you mean GetItem/,
  ],
  [
    'W11',
    'an operation with a space',
    [dynamodb],
    target('DynamoDB_20120810.GetItem '),
    /no name of an operation/,
  ],
  ['W11', 'an empty target', [dynamodb], target(''), /is not SERVICE.OPERATION/],
  ['W11', 'a target without a service', [dynamodb], target('GetItem'), /is not SERVICE.OPERATION/],
  [
    'W11',
    'a target of an object',
    [dynamodb],
    target('DynamoDB_20120810.constructor'),
    /no name of an operation/,
  ],
  [
    'W11',
    'a target with another Action',
    [dynamodb],
    { ...target('DynamoDB_20120810.GetItem'), target: '/?Action=DeleteTable' },
    /both X-Amz-Target and a query/,
  ],
  [
    'W11',
    'a target with a form',
    [dynamodb],
    action('Action=GetItem', { headers: { ...form, 'x-amz-target': 'DynamoDB_20120810.GetItem' } }),
    /with X-Amz-Target send/,
  ],
  [
    'W11',
    'a target in a presigned query',
    [dynamodb],
    { headers: json, target: '/?X-Amz-Target=DynamoDB_20120810.GetItem' },
    /send it as a header/,
  ],
  [
    'W11',
    'a target on a GET',
    [dynamodb],
    { ...target('DynamoDB_20120810.GetItem'), method: 'GET' },
    /send a POST/,
  ],
  ['W11', 'a target on a HEAD', [dynamodb], { method: 'HEAD', headers: getItem }, /send a POST/],
  // W12
  [
    'W12',
    'a path and another target',
    [dynamodb],
    { target: cborPath, headers: { ...cbor, 'x-amz-target': 'DynamoDB_20120810.GetItem' } },
    /both name an operation/,
  ],
  [
    'W12',
    'a path with JSON',
    [dynamodb],
    { target: cborPath, headers: json, body: '{}' },
    /send application\/cbor/,
  ],
  ['W12', 'a path without a type', [dynamodb], { target: cborPath, body: 'x' }, /0 content-types/],
  [
    'W12',
    'a path with two types',
    [dynamodb],
    { target: cborPath, headers: ['content-type', 'application/cbor', 'Content-Type', 'application/json'] },
    /2 content-types/,
  ],
  [
    'W12',
    'a path with another protocol',
    [dynamodb],
    { target: cborPath, headers: { ...cbor, 'smithy-protocol': 'rpc-v2-json' } },
    /send rpc-v2-cbor once/,
  ],
  [
    'W12',
    'a path with an Action',
    [dynamodb],
    { target: `${cborPath}?Action=GetItem`, headers: cbor },
    /there is a query/,
  ],
  [
    'W12',
    "another service's path",
    [dynamodb],
    { target: '/service/AmazonSQS/operation/GetItem', headers: cbor },
    /no service of this host/,
  ],
  [
    'W12',
    'a path in another case',
    [dynamodb],
    { target: '/Service/DynamoDB_20120810/Operation/GetItem', headers: cbor },
    /names no operation/,
  ],
  [
    'W12',
    'a path with something behind it',
    [dynamodb],
    { target: `${cborPath}/x`, headers: cbor },
    /names no operation/,
  ],
  [
    'W12',
    'a path with a slash behind it',
    [dynamodb],
    { target: `${cborPath}/`, headers: cbor },
    /names no operation/,
  ],
  [
    'W12',
    'a path with a slash behind it and a target',
    [dynamodb],
    { ...target('DynamoDB_20120810.GetItem'), target: `${cborPath}/` },
    /names no operation; send \/ as/,
  ],
  [
    'W12',
    'a path with more behind it and an Action',
    [dynamodb],
    action('Action=GetItem&Version=2012-08-10', { target: `${cborPath}/x` }),
    /names no operation; send \/ as/,
  ],
  [
    'W12',
    'half a path and a target',
    [dynamodb],
    { ...target('DynamoDB_20120810.GetItem'), target: '/service/DynamoDB_20120810' },
    /names no operation; send \/ as/,
  ],
  [
    'W12',
    'the path of a queue with a slash behind it',
    [sqs],
    action(sendMessage, { target: '/123456789012/jobs/' }),
    /names no operation; send \/ as/,
  ],
  [
    'W12',
    'an escaped path',
    [dynamodb],
    { target: '/service/DynamoDB_20120810/operation/Delete%54able', headers: cbor },
    /no name of an operation/,
  ],
  ['W12', 'a doubled slash', [dynamodb], { target: `/${cborPath}`, headers: cbor }, /names no operation/],
  ['W12', 'a path on a GET', [dynamodb], { method: 'GET', target: cborPath, headers: cbor }, /send a POST/],
  [
    'W12',
    'a protocol without its path',
    [dynamodb],
    { headers: cbor, body: 'x' },
    /Smithy-Protocol is there and the path names no operation/,
  ],
  [
    'W12',
    'a target with an unknown type',
    [dynamodb],
    { headers: { ...getItem, 'content-type': 'text/plain' }, body: '{}' },
    /"text\/plain"; with X-Amz-Target send/,
  ],
  [
    'W12',
    'a target with JSON of another alphabet',
    [dynamodb],
    { headers: { ...getItem, 'content-type': 'application/x-amz-json-1.0; charset=utf-16' }, body: '{}' },
    /charset=utf-16/,
  ],
  [
    'W12',
    'CBOR with more behind it',
    [dynamodb],
    { target: cborPath, headers: cbor, body: Buffer.from('a000', 'hex') },
    /something after its end/,
  ],
  // W14
  [
    'W14',
    'an unknown type',
    [ec2],
    { headers: { 'content-type': 'application/xml' }, body: '<x/>' },
    /"application\/xml", and no X-Amz-Target/,
  ],
  [
    'W14',
    'a form as multipart',
    [ec2],
    { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--' },
    /multipart/,
  ],
  [
    'W14',
    'two Actions',
    [ec2],
    action('Action=DescribeInstances&Action=TerminateInstances&Version=2016-11-15'),
    /two Action/,
  ],
  [
    'W14',
    'Actions in query and form',
    [ec2],
    action('Action=TerminateInstances&Version=2016-11-15', { target: '/?Action=DescribeInstances' }),
    /two Action/,
  ],
  [
    'W14',
    'an Action in another case',
    [ec2],
    action('action=TerminateInstances&Version=2016-11-15'),
    /can be taken for Action/,
  ],
  [
    'W14',
    'Actions in two cases',
    [ec2],
    action('Action=DescribeInstances&ACTION=TerminateInstances&Version=2016-11-15'),
    /two Action/,
  ],
  [
    'W14',
    'an Action behind a semicolon',
    [ec2],
    action('Version=2016-11-15;Action=TerminateInstances'),
    /no operation is named/,
  ],
  ['W14', 'an Action of nothing', [ec2], action('Action=&Version=2016-11-15'), /no name of an operation/],
  [
    'W14',
    'an Action with a NUL',
    [ec2],
    action('Action=TerminateInstances%00&Version=2016-11-15'),
    /no name of an operation/,
  ],
  [
    'W14',
    'a broken escape',
    [ec2],
    action('Action=Terminate%4&Version=2016-11-15'),
    /broken percent-encoding/,
  ],
  [
    'W14',
    'no UTF-8',
    [ec2],
    action('Action=DescribeInstances&Version=2016-11-15&X=%ff'),
    /broken percent-encoding/,
  ],
  [
    'W14',
    'two Versions',
    [elb, elbv2],
    action('Action=DescribeLoadBalancers&Version=2012-06-01&Version=2015-12-01'),
    /two Version/,
  ],
  [
    'W14',
    'an unknown Version',
    [ec2],
    action('Action=DescribeInstances&Version=1999-01-01'),
    /"1999-01-01" is not known here; send one of ec2 2016-11-15/,
  ],
  [
    'W14',
    'no Version where two are served',
    [elb, elbv2],
    action('Action=DescribeLoadBalancers'),
    /no Version; send one of 2012-06-01, 2015-12-01/,
  ],
  [
    'W14',
    'a GET with content',
    [ec2],
    { method: 'GET', target: '/?Version=2016-11-15', headers: form, body: 'Action=DescribeInstances' },
    /a GET has content/,
  ],
  [
    'W14',
    'a DELETE',
    [ec2],
    { method: 'DELETE', target: '/?Action=DescribeInstances&Version=2016-11-15' },
    /"DELETE" calls no operation/,
  ],
  [
    'W14',
    'a form in a path',
    [ec2],
    action('Action=DescribeInstances&Version=2016-11-15', { target: '/x' }),
    /"\/x" names no operation/,
  ],
  [
    'W14',
    'the path of a queue elsewhere',
    [ec2],
    action('Action=DescribeInstances&Version=2016-11-15', { target: '/123456789012/jobs' }),
    /names no operation/,
  ],
  [
    'W14',
    "another queue's path",
    [sqs],
    action(sendMessage, { target: '/123456789012/others' }),
    /send the QueueUrl of one queue/,
  ],
  [
    'W14',
    'a header in the query',
    [ec2],
    { method: 'GET', target: '/?Action=DescribeInstances&Version=2016-11-15&x-amz-foo=1' },
    /send it as a header/,
  ],
  [
    'W14',
    'a form larger than is read',
    [ec2],
    action(`Action=DescribeInstances&Version=2016-11-15&X=${'x'.repeat(1 << 20)}`),
    /larger than/,
  ],
  [
    'W14',
    'another method in a header',
    [ec2],
    action('Action=DescribeInstances&Version=2016-11-15', {
      headers: { ...form, 'x-http-method-override': 'DELETE' },
    }),
    /asks for another method/,
  ],
  [
    'W14',
    'another method in the query',
    [lambda],
    { method: 'GET', target: '/2015-03-31/functions?_method=DELETE' },
    /asks for another method/,
  ],
  [
    'W14',
    'an unknown encoding',
    [ec2],
    action('x', { headers: { ...form, 'content-encoding': 'br' } }),
    /encoded as "br"/,
  ],
  [
    'W14',
    'JSON with a key twice',
    [dynamodb],
    { headers: getItem, body: '{"TableName":"a","TableName":"b"}' },
    /repeats the key/,
  ],
  ['W14', 'JSON with a byte order mark', [dynamodb], { headers: getItem, body: '\ufeff{}' }, /not JSON/],
  ['W14', 'JSON in UTF-16', [dynamodb], { headers: getItem, body: Buffer.from('{}', 'utf16le') }, /not JSON/],
  [
    'W14',
    'a parameter twice',
    [ec2],
    action('Action=DescribeInstances&Version=2016-11-15&InstanceId.1=a&InstanceId.1=b'),
    /stands there twice/,
  ],
  [
    'W14',
    'a parameter in query and form',
    [ec2],
    action('Action=TerminateInstances&Version=2016-11-15&InstanceId.1=a', { target: '/?InstanceId.1=b' }),
    /stands there twice/,
  ],
  // REST
  [
    'W11',
    'a target on a REST service',
    [lambda],
    {
      method: 'GET',
      target: '/2015-03-31/functions',
      headers: { 'x-amz-target': 'AWSLambda.DeleteFunction' },
    },
    /no operation of a REST service/,
  ],
  [
    'W11',
    'a target on the REST half of a host',
    [ses, sesv2],
    { method: 'GET', target: '/v2/email/account', headers: { 'x-amz-target': 'x.y' } },
    /no operation of a REST service/,
  ],
  [
    'W14',
    'an Action on a REST service',
    [lambda],
    { method: 'GET', target: '/2015-03-31/functions?Action=Invoke' },
    /the query has an Action/,
  ],
  [
    'W14',
    'an action on a REST service',
    [lambda],
    { method: 'GET', target: '/2015-03-31/functions?%61ction=Invoke' },
    /the query has an Action/,
  ],
  [
    'W14',
    'a form with an Action on a REST service',
    [lambda],
    action('Action=DeleteFunction&Version=2015-03-31', { target: '/2015-03-31/functions' }),
    /a form with an Action/,
  ],
  [
    'W14',
    'a form with an Action on the REST half of a host',
    [ses, sesv2],
    action('%61ction=SendEmail', { target: '/v2/email/outbound-emails' }),
    /a form with an Action/,
  ],
  [
    'W14',
    'an Action beside that parameter',
    [opensearch],
    { method: 'GET', target: `${maintenances}?action=REBOOT_NODE&Action=x` },
    /the query has an Action/,
  ],
  [
    'W14',
    'an unknown path',
    [lambda],
    { method: 'GET', target: '/2015-03-31/things' },
    /is no operation of lambda/,
  ],
  [
    'W14',
    'an unknown method',
    [lambda],
    { method: 'PATCH', target: '/2015-03-31/functions' },
    /is no operation of lambda/,
  ],
  [
    'W14',
    'a HEAD',
    [lambda],
    { method: 'HEAD', target: '/2015-03-31/functions' },
    /is no operation of lambda/,
  ],
  [
    'W14',
    'a lower-case method',
    [lambda],
    { method: 'get', target: '/2015-03-31/functions' },
    /is no operation of lambda/,
  ],
  [
    'W14',
    'a path with something behind it',
    [lambda],
    { method: 'GET', target: '/2015-03-31/functions/x/y/z' },
    /is no operation of lambda/,
  ],
  ['W14', 'a doubled slash', [lambda], { method: 'GET', target: '/2015-03-31//functions' }, /empty segment/],
  [
    'W14',
    'dots',
    [lambda],
    { method: 'DELETE', target: '/2015-03-31/functions/../functions/x' },
    /dot segment/,
  ],
  [
    'W14',
    'escaped dots',
    [lambda],
    { method: 'DELETE', target: '/2015-03-31/functions/%2e%2e' },
    /dot segment/,
  ],
  ['W14', 'a backslash', [lambda], { method: 'DELETE', target: '/2015-03-31/functions/a%5cb' }, /backslash/],
  [
    'W14',
    'a doubly escaped slash',
    [lambda],
    { method: 'DELETE', target: '/2015-03-31/functions/a%252fb' },
    /doubly encoded/,
  ],
  [
    'W14',
    'the root of a REST service',
    [lambda],
    action('Action=DeleteFunction&Version=2015-03-31'),
    /a form with an Action/,
  ],
])('%s: refuses %s', async (_row, _what, served, sent, why) => {
  await expect(read(served, sent)).rejects.toThrow(why);
});

test('refuses a name that two services of a host would do different things with', async () => {
  const other = {
    ...elb,
    operation: (name: string) => elb.operation(name) && { name, actions: ['elb:Other'], resources: [] },
  };
  const sent = action('Action=DescribeLoadBalancers&Version=2012-06-01');
  await expect(read([elb, other], sent)).rejects.toThrow(
    /can be read as elb DescribeLoadBalancers, elb DescribeLoadBalancers/,
  );
  expect((await read([elb, elb], sent)).name).toBe('elb DescribeLoadBalancers');
});

test('refuses a new name where services with different prefixes may be meant', async () => {
  const sent = action('Action=BrandNewOp&Version=2012-06-01');
  const other = { ...elb, prefix: 'other' };
  await expect(read([elb, other], sent)).rejects.toThrow(/several services answer on this host/);
});

test('takes the rules of every service that one reading is of', async () => {
  const rule = (name: string) => ({ arn: name, members: [] });
  const operation = (rules: string[]) => (name: string) => ({
    name,
    actions: ['rds:X'],
    resources: rules.map(rule),
  });
  const services = [
    { ...elb, operation: operation(['a', 'b']) },
    { ...elb, operation: operation(['b', 'c']) },
  ];
  const request = requestFor({
    method: 'POST',
    url: 'https://x/',
    headers: form,
    body: 'Action=X&Version=2012-06-01',
  });
  const reading = await readOperation(request, services);
  expect(reading.operation.resources.map(({ arn }) => arn)).toEqual(['a', 'b', 'c']);
});
