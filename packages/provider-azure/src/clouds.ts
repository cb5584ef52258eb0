import type { AzureCloud, AzureService } from './endpoint.ts';

/** What is known of one cloud. */
export interface Cloud {
  /** Where tokens come from: `login.microsoftonline.com`. */
  readonly authority: string;
  /** What the hosts of a service end in, and whom tokens for them are issued for. */
  readonly hosts: readonly CloudHost[];
}

/** Hosts of one service. */
export interface CloudHost {
  readonly service: AzureService;
  /** The whole host, or what follows `left`. */
  readonly suffix: string;
  /** What stands before the suffix; a host without it is the suffix alone. */
  readonly left: HostLeft;
  readonly audience: string;
}

/**
 * What stands before a suffix: nothing, nothing or a region, a region, an account of storage with or without a zone of DNS, a
 * name, or a name and its region.
 */
export type HostLeft = 'none' | 'maybe-region' | 'region' | 'storage' | 'name' | 'name-region';

const storageServices: readonly AzureService[] = ['blob', 'dfs', 'file', 'queue', 'table', 'web'];

/** Every cloud, by its name in `config.cloud`. Source: the services' own guides, and the SDKs' tables of audiences. */
export const clouds: Readonly<Record<AzureCloud, Cloud>> = {
  public: {
    authority: 'login.microsoftonline.com',
    hosts: rows(`
      arm           maybe-region management.azure.com               https://management.azure.com
      graph         none         graph.microsoft.com                https://graph.microsoft.com
      storage       storage      core.windows.net                   https://storage.azure.com
      storage       storage      storage.azure.net                  https://storage.azure.com
      vault         name         vault.azure.net                    https://vault.azure.net
      managedhsm    name         managedhsm.azure.net               https://managedhsm.azure.net
      appconfig     name         azconfig.io                        https://azconfig.io
      appconfig     name         appconfig.azure.com                https://appconfig.azure.com
      servicebus    name         servicebus.windows.net             https://servicebus.azure.net
      cosmos        name         documents.azure.com                https://cosmos.azure.com
      openai        name         openai.azure.com                   https://cognitiveservices.azure.com
      cognitive     name         cognitiveservices.azure.com        https://cognitiveservices.azure.com
      cognitive     name         services.ai.azure.com              https://cognitiveservices.azure.com
      cognitive     region       api.cognitive.microsoft.com        https://cognitiveservices.azure.com
      loganalytics  none         api.loganalytics.io                https://api.loganalytics.io
      loganalytics  none         api.loganalytics.azure.com         https://api.loganalytics.io
      monitor       name-region  ingest.monitor.azure.com           https://monitor.azure.com
      monitor       region       metrics.monitor.azure.com          https://metrics.monitor.azure.com
      search        name         search.windows.net                 https://search.azure.com
      eventgrid     name-region  eventgrid.azure.net                https://eventgrid.azure.net
      eventgrid     name-region  ts.eventgrid.azure.net             https://eventgrid.azure.net
    `),
  },
  usgov: {
    authority: 'login.microsoftonline.us',
    hosts: rows(`
      arm           maybe-region management.usgovcloudapi.net       https://management.usgovcloudapi.net
      graph         none         graph.microsoft.us                 https://graph.microsoft.us
      graph         none         dod-graph.microsoft.us             https://dod-graph.microsoft.us
      storage       storage      core.usgovcloudapi.net             https://storage.azure.com
      vault         name         vault.usgovcloudapi.net            https://vault.usgovcloudapi.net
      managedhsm    name         managedhsm.usgovcloudapi.net       https://managedhsm.usgovcloudapi.net
      appconfig     name         azconfig.azure.us                  https://appconfig.azure.us
      appconfig     name         appconfig.azure.us                 https://appconfig.azure.us
      servicebus    name         servicebus.usgovcloudapi.net       https://servicebus.azure.net
      cosmos        name         documents.azure.us                 https://cosmos.azure.us
      openai        name         openai.azure.us                    https://cognitiveservices.azure.us
      cognitive     name         cognitiveservices.azure.us         https://cognitiveservices.azure.us
      cognitive     region       api.cognitive.microsoft.us         https://cognitiveservices.azure.us
      loganalytics  none         api.loganalytics.us                https://api.loganalytics.us
      monitor       name-region  ingest.monitor.azure.us            https://monitor.azure.us
      monitor       region       metrics.monitor.azure.us           https://metrics.monitor.azure.us
      search        name         search.azure.us                    https://search.azure.us
      eventgrid     name-region  eventgrid.azure.us                 https://eventgrid.azure.us
    `),
  },
  china: {
    authority: 'login.chinacloudapi.cn',
    hosts: rows(`
      arm           maybe-region management.chinacloudapi.cn        https://management.chinacloudapi.cn
      graph         none         microsoftgraph.chinacloudapi.cn    https://microsoftgraph.chinacloudapi.cn
      storage       storage      core.chinacloudapi.cn              https://storage.azure.com
      vault         name         vault.azure.cn                     https://vault.azure.cn
      managedhsm    name         managedhsm.azure.cn                https://managedhsm.azure.cn
      appconfig     name         azconfig.azure.cn                  https://appconfig.azure.cn
      appconfig     name         appconfig.azure.cn                 https://appconfig.azure.cn
      servicebus    name         servicebus.chinacloudapi.cn        https://servicebus.azure.net
      cosmos        name         documents.azure.cn                 https://cosmos.azure.cn
      openai        name         openai.azure.cn                    https://cognitiveservices.azure.cn
      cognitive     name         cognitiveservices.azure.cn         https://cognitiveservices.azure.cn
      cognitive     region       api.cognitive.azure.cn             https://cognitiveservices.azure.cn
      loganalytics  none         api.loganalytics.azure.cn          https://api.loganalytics.azure.cn
      monitor       name-region  ingest.monitor.azure.cn            https://monitor.azure.cn
      monitor       region       metrics.monitor.azure.cn           https://metrics.monitor.azure.cn
      search        name         search.azure.cn                    https://search.azure.cn
      eventgrid     name-region  eventgrid.azure.cn                 https://eventgrid.azure.cn
    `),
  },
};

/** One host a line; `storage` stands for all the services of a storage account. */
function rows(text: string): readonly CloudHost[] {
  return text
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [service = '', left = '', suffix = '', audience = ''] = line.trim().split(/ +/);
      const services = service === 'storage' ? storageServices : [service as AzureService];
      return services.map((kind) => ({
        service: kind,
        left: left as HostLeft,
        suffix: service === 'storage' ? `${kind}.${suffix}` : suffix,
        audience,
      }));
    });
}
