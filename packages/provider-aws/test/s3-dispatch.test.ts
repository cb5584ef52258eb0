import { expect, test } from 'vitest';
import { start } from './aws.ts';
import { told } from './s3/s3.ts';

const account = '123456789012';
const outpost = 'op-01ac5d28a6a232904';
const onOutpost = `arn:aws:s3-outposts:us-east-1:${account}:outpost/${outpost}`;

test.each<[what: string, url: string, headers: Record<string, string>, actions: string[]]>([
  ['an object', 'bucket.s3.us-east-1.amazonaws.com/k', {}, ['s3:GetObject arn:aws:s3:::bucket/k']],
  [
    'S3 Control',
    `${account}.s3-control.us-east-1.amazonaws.com/v20180820/accesspoint/mine`,
    {},
    [`s3:GetAccessPoint arn:aws:s3:us-east-1:${account}:accesspoint/mine`],
  ],
  [
    'S3 Control by a header',
    's3-control.us-east-1.amazonaws.com/v20180820/configuration/publicAccessBlock',
    { 'x-amz-account-id': account },
    ['s3:GetAccountPublicAccessBlock any'],
  ],
  [
    'S3 Control of dual-stack',
    `${account}.s3-control.dualstack.us-east-1.amazonaws.com/v20180820/accesspoint/mine`,
    {},
    [`s3:GetAccessPoint arn:aws:s3:us-east-1:${account}:accesspoint/mine`],
  ],
  [
    'S3 Control on Outposts',
    's3-outposts.us-east-1.amazonaws.com/v20180820/bucket/mine',
    { 'x-amz-account-id': account, 'x-amz-outpost-id': outpost },
    [`s3-outposts:GetBucket ${onOutpost}/bucket/mine`],
  ],
  [
    'an object on an outpost',
    `mine-${account}.${outpost}.s3-outposts.us-east-1.amazonaws.com/k`,
    {},
    [`s3-outposts:GetObject ${onOutpost}/accesspoint/mine/object/k`],
  ],
  [
    'the endpoints of Outposts',
    's3-outposts.us-east-1.amazonaws.com/S3Outposts/ListEndpoints',
    {},
    ['s3-outposts:ListEndpoints any'],
  ],
])('%s is read as S3, whatever the catalogue has of that service', async (_what, url, headers, actions) => {
  const { resolve } = start();
  expect(told(await resolve({ url: `https://${url}`, headers }))).toEqual(actions);
});

test.each(['s3-control.us-east-1.amazonaws.com/', 's3-outposts.us-east-1.amazonaws.com/bucket/k'])(
  '%s is nothing that another reader may guess at',
  async (url) => {
    await expect(start().resolve({ url: `https://${url}` })).rejects.toThrow('no address of S3');
  },
);
