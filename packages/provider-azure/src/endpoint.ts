/** The clouds of Azure: each has its own hosts, authority and audiences. */
export type AzureCloud = 'public' | 'usgov' | 'china';

/** What kind of service a host is; what shares hosts, such as Service Bus, Event Hubs and Relay, shares a kind. */
export type AzureService =
  | 'arm'
  | 'graph'
  | 'blob'
  | 'dfs'
  | 'file'
  | 'queue'
  | 'table'
  | 'web'
  | 'vault'
  | 'managedhsm'
  | 'appconfig'
  | 'servicebus'
  | 'cosmos'
  | 'cognitive'
  | 'openai'
  | 'loganalytics'
  | 'monitor'
  | 'search'
  | 'eventgrid';

/** Which service of Azure a host stands for. */
export interface AzureEndpoint {
  readonly service: AzureService;
  readonly cloud: AzureCloud;
  /**
   * The account, vault, namespace, store or topic that the host names, in lower case, without the marks of a secondary or
   * of a route (`-secondary`, `-internetrouting`); none for ARM, Graph and the hosts of a whole region.
   */
  readonly account?: string;
  /** Region that the host names: `eastus`. */
  readonly region?: string;
  /** Whom a token must be issued for, as `<audience>/.default` asks for it: `https://storage.azure.com`. */
  readonly audience: string;
}
