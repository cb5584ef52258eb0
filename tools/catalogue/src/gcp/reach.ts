import type { MethodName } from './permissions.ts';

/**
 * Whether a request can reach resources that neither its path nor names in its content tell: it copies, imports or exports,
 * or runs a query. No scope can hold such a request.
 */
export function hasOpenReach({ service, chain, method, httpMethod }: MethodName): boolean {
  // Keys that are restored stay where they are.
  if (httpMethod === 'GET' || service === 'cloudkms') return false;
  if (
    /^(?:copy|clone|restore|import|export|move|migrate|rewrite|load|dump|transfer)(?![a-z])|(?:Import|Export|Clone|Restore|Copy)(?![a-z])/.test(
      method,
    )
  )
    return true;
  const last = chain.at(-1) ?? '';
  return (open[service] ?? []).some(
    (entry) => entry === '*' || entry === last || entry === `${last}.${method}`,
  );
}

/**
 * By API: resources, or single methods of them, whose content says in a language of its own what is read or written with
 * the caller's rights, or with those of a service that acts for everyone.
 */
const open: Readonly<Record<string, readonly string[]>> = {
  bigquery: [
    'jobs.insert',
    'jobs.query',
    'routines.insert',
    'routines.update',
    'tables.insert',
    'tables.update',
    'tables.patch',
  ],
  bigquerydatatransfer: ['*'],
  cloudasset: ['v1.queryAssets'],
  config: ['deployments.create', 'deployments.patch', 'previews.create'],
  dataform: ['*'],
  deploymentmanager: ['deployments.insert', 'deployments.update', 'deployments.patch'],
  dlp: ['*'],
  integrations: ['*'],
  logging: ['sinks.create', 'sinks.update', 'sinks.patch'],
  script: ['*'],
  storagebatchoperations: ['*'],
  storagetransfer: ['*'],
};
