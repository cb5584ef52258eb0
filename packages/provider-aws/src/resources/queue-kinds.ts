import type { Kind } from './kind.ts';
import { isArnOf, nameOrArn, type Surroundings, written } from './kind.ts';

const queueName = '[A-Za-z0-9_-]{1,80}(?:\\.fifo)?';
const queueResource = new RegExp(`^${queueName}$`);
const topicResource = /^[A-Za-z0-9_-]{1,256}(?:\.fifo)?$/;

/** SQS: a queue by its URL, its ARN, or its name and the account that owns it. */
const queue: Kind = ({ QueueUrl, QueueName, QueueOwner, Arn }, at) => {
  if (Arn !== undefined) return isArnOf(Arn, 'sqs', queueResource) ? [Arn] : 'other';
  if (QueueUrl !== undefined) return queueOfUrl(QueueUrl, at);
  if (QueueName === undefined) return [];
  if (!queueResource.test(QueueName) || (QueueOwner !== undefined && !/^\d{12}$/.test(QueueOwner)))
    return 'unreadable';
  return [written('sqs', QueueName, at, QueueOwner === undefined ? {} : { account: QueueOwner })];
};

const queueUrl = new RegExp(`^https?://([a-z0-9.-]{1,255})(?::\\d{1,5})?/(\\d{12})/(${queueName})$`);

function queueOfUrl(url: string, at: Surroundings): readonly string[] | 'unreadable' {
  const [, host = '', account = '', name = ''] = queueUrl.exec(url) ?? [];
  if (name === '' || !(at.isForeign === true || isOfRegion(host, at.region))) return 'unreadable';
  return [written('sqs', name, at, { account })];
}

/** The host of a queue's URL says its region, but for the oldest one; SQS itself goes by the path and its own region. */
function isOfRegion(host: string, region: string): boolean {
  return host === 'queue.amazonaws.com' ? region === 'us-east-1' : host.split('.').includes(region);
}

/** SNS: a topic by its ARN, the ARN of a subscription to it, or the name of a new one. */
const topic: Kind = (values, at, template) => {
  const { SubscriptionArn: subscription, ...rest } = values;
  if (subscription === undefined) return plainTopic(rest, at, template);
  const [, arn = ''] = /^(.+):[A-Za-z0-9-]{36}$/.exec(subscription) ?? [];
  return isArnOf(arn, 'sns', topicResource) ? [arn] : 'unreadable';
};

const plainTopic = nameOrArn({
  service: 'sns',
  variable: 'TopicName',
  name: topicResource,
  resource: topicResource,
  write: (name) => name,
});

/** Step Functions: a state machine, and its versions, aliases and labels. */
const stateMachine = nameOrArn({
  service: 'states',
  variable: 'StateMachineName',
  name: /^[A-Za-z0-9_.+=@!-]{1,80}$/,
  resource: /^stateMachine:[^:*?/\s]{1,80}(?:[:/][^:*?/\s]{1,80})?$/,
  write: (name) => `stateMachine:${name}`,
});

const execution: Kind = ({ Arn }) => {
  if (Arn === undefined) return [];
  return isArnOf(Arn, 'states', /^(?:execution|express)(?::[^:*?\s]{1,200}){2,3}$/) ? [Arn] : 'other';
};

/** Kinds of the services that pass work on. */
export const queueKinds: Readonly<Record<string, Kind>> = {
  'sqs ${QueueName}': queue,
  'sns ${TopicName}': topic,
  'states stateMachine:${StateMachineName}': stateMachine,
  'states execution:${StateMachineName}:${ExecutionId}': execution,
  'states express:${StateMachineName}:${ExecutionId}:${ExpressId}': execution,
};
