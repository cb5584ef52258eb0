/** One AWS service as the SDKs describe it: what the catalogue is made from. */
export interface SourceService {
  /** The SDK's service id, folded: `dynamodb`, `sesv2`, `elasticloadbalancingv2`. */
  readonly id: string;
  /** First label of its hosts, or labels: `dynamodb`, `monitoring`, `api.ecr`. */
  readonly endpointPrefix: string;
  readonly signingName: string;
  /** The prefix of its actions in IAM. */
  readonly prefix: string;
  readonly protocols: readonly SourceProtocol[];
  readonly versions: readonly string[];
  /** Prefixes of `X-Amz-Target`, and service names of Smithy RPC paths. */
  readonly targets: readonly string[];
  readonly operations: readonly SourceOperation[];
}

/** A wire protocol that a service's clients have spoken. */
export type SourceProtocol = 'json' | 'query' | 'ec2' | 'rest-json' | 'rest-xml' | 'cbor';

/** One operation of a service. */
export interface SourceOperation {
  readonly name: string;
  /** Of REST services: `GET`, and `/tables/{Name}/items/{Key+}?list-type=2`. */
  readonly route?: { readonly method: string; readonly template: string };
  /** What the operation puts in front of the host: `api.`, `{AccountId}.`. */
  readonly hostPrefix?: string;
  readonly input: readonly SourceMember[];
}

/** One member of an input, or of a structure in it. */
export interface SourceMember {
  readonly name: string;
  /** Members of nested structures stand where their parent stands. `payload`: the member is the whole content. */
  readonly place: 'label' | 'query' | 'query-map' | 'header' | 'header-map' | 'body' | 'payload';
  /** Its name there: in JSON, CBOR and XML content, in the query string, in the headers, in the path template. */
  readonly wire: string;
  /** Its name in content of the query protocols, where that is another one: EC2's `InstanceId` of `InstanceIds`. */
  readonly form: string;
  readonly isRequired: boolean;
  readonly shape: SourceShape;
}

/** What a member holds. Structures can hold themselves: walk them with a limit. */
export type SourceShape =
  | { readonly type: 'scalar' }
  | { readonly type: 'blob' }
  | { readonly type: 'structure'; readonly members: readonly SourceMember[] }
  /** In the query protocols a list stands under `Name.1` when it is flat, else under `Name.<element>.1`; in XML alike. */
  | { readonly type: 'list'; readonly of: SourceShape; readonly element: string; readonly isFlat: boolean }
  | { readonly type: 'map'; readonly of: SourceShape };

/** An action as IAM's reference has it, with the resources it works on. */
export interface IamAction {
  /** `sqs:SendMessage`. */
  readonly name: string;
  /** `Read`, `List`, `Write`, `Tagging`, `Permissions management`. */
  readonly access: string;
  readonly resources: readonly IamResource[];
}

/** A kind of resource of an action. */
export interface IamResource {
  /** `queue`. */
  readonly type: string;
  /** `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`. */
  readonly arn: string;
  readonly isRequired: boolean;
}
