/** What is known of one AWS service: the operations of one of its API versions. */
export interface ServiceModel {
  /** `dynamodb`, `sesv2`, `elasticloadbalancingv2`. */
  readonly id: string;
  /** The prefix of its actions in IAM: `dynamodb`, `ses`, `elasticloadbalancing`. */
  readonly prefix: string;
  /** What its denials look like when the request does not say which protocol it speaks. */
  readonly protocol: 'json' | 'query' | 'ec2' | 'rest-json' | 'rest-xml' | 'cbor';
  /** API versions, as the `Version` parameter of the query protocols gives them. */
  readonly versions: readonly string[];
  /** Prefixes of `X-Amz-Target`, and service names of Smithy RPC paths. */
  readonly targets: readonly string[];
  /** An operation in AWS's own spelling. */
  readonly operation: (name: string) => OperationModel | undefined;
  /** The operations whose method, path template and constant query keys fit. Each path label is raw, as the request spells it. */
  readonly routes: (method: string, path: string, query: string) => readonly Routed[];
  readonly operations: () => readonly string[];
}

/** A route that fits, with the raw values of its path labels by member name. */
export interface Routed {
  readonly operation: OperationModel;
  readonly labels: ReadonlyMap<string, string>;
}

/** One operation. */
export interface OperationModel {
  readonly name: string;
  /** The IAM actions it needs, with prefix; the wire's own name where IAM's list has none yet. */
  readonly actions: readonly string[];
  /** What it names, for `resources.ts`. Empty: nothing that is known. */
  readonly resources: readonly ResourceRule[];
}

/** One way in which an operation names a kind of resource. */
export interface ResourceRule {
  /**
   * The kind, `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`: it is named when the request has the members. A rule
   * without members says that the kind is always touched, or, of a template with further variables, that it must be named:
   * it, or another of the kinds that are listed behind a space. `*`: with its member the operation can reach what is not
   * named, without members it always can. `-`: it touches nothing.
   */
  readonly arn: string;
  readonly members: readonly ResourceMember[];
}

/** One member of an operation's input. */
export interface ResourceMember {
  /** What it gives: a variable of the template, `Arn` for a whole ARN, or what `resources/` reads for that kind. */
  readonly variable: string;
  readonly place: 'label' | 'query' | 'header' | 'body';
  /** The wire name; in content a dotted path, with `[]` for every element and `{}` for every key: `Entries[].Id`. */
  readonly name: string;
  /** The same in forms of the query protocols, where that is another one: `InstanceId[]` of `InstanceIds[]`. */
  readonly form?: string;
}
