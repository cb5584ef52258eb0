/** What the name of an AWS host says about every request to it. The host decides, never what the agent signed for. */
export interface Endpoint {
  /** The host's family, as AWS's endpoint prefixes name it: `dynamodb`, `monitoring`, `api.ecr`, `s3`, `s3-accesspoint`. */
  readonly service: string;
  /** The ids of the service models that answer there, for `loadModel`; none for S3's own hosts and for what customers run behind a host. */
  readonly models: readonly string[];
  /** The service of the credential scope: `dynamodb`, `ecr`, `s3`. */
  readonly signingName: string;
  /**
   * The region of the credential scope; `us-east-1` and its likes for global services; `*` where SigV4A signs for every
   * region; empty where only the bucket has one that the host does not say (transfer acceleration): the configured one.
   */
  readonly region: string;
  /** `aws`, `aws-cn`, `aws-us-gov`, `aws-eusc`, `aws-iso` and so on: the second part of every ARN. */
  readonly partition: string;
  /** The account id, of hosts that have one. */
  readonly accountId?: string;
  /** The labels left of the family's own, in order: a bucket (`my.bucket` is two), an API id, `vpce-…`. Empty for most. */
  readonly labels: readonly string[];
  readonly algorithm: 'sigv4' | 'sigv4a';
  /** It serves a whole partition, so that no configured region keeps an agent from it. */
  readonly isGlobal: boolean;
  /** A server that the configuration names, and that is none of AWS's. */
  readonly isForeign?: true;
}
