import { type Action, type AgentRequest, findMethodOverride, type Resolution } from '@pai/core';
import type { AzureEndpoint, AzureService } from '../endpoint.ts';
import { readAppConfig } from './appconfig.ts';
import { readBlob } from './blob.ts';
import { readCognitive } from './cognitive.ts';
import { readCosmos } from './cosmos.ts';
import { readDfs } from './dfs.ts';
import { readEventGrid } from './eventgrid.ts';
import { readFiles } from './files.ts';
import { readKeyVault } from './keyvault.ts';
import { readLogAnalytics } from './loganalytics.ts';
import { readMonitor } from './monitor.ts';
import { readQueue } from './queue.ts';
import { readSearch } from './search.ts';
import { readServiceBus } from './servicebus.ts';
import { readTable } from './table.ts';

type Reader = (
  request: AgentRequest,
  endpoint: AzureEndpoint,
) => readonly Action[] | Promise<readonly Action[]>;

/** Who reads the requests to which data plane. */
const readers: Readonly<Partial<Record<AzureService, Reader>>> = {
  blob: readBlob,
  dfs: readDfs,
  queue: readQueue,
  table: readTable,
  vault: readKeyVault,
  managedhsm: readKeyVault,
  file: readFiles,
  appconfig: readAppConfig,
  servicebus: readServiceBus,
  openai: readCognitive,
  cognitive: readCognitive,
  cosmos: readCosmos,
  loganalytics: readLogAnalytics,
  search: readSearch,
  monitor: readMonitor,
  eventgrid: readEventGrid,
};

/**
 * Names the actions of a request to a data plane as Azure's roles do (Azure RBAC, "Azure permissions"), on resources that
 * are spelled `<host>/<path>`. Throws `malformed_request` for whatever has more than one reading or none, and
 * `body_too_large` when the content that decides is too long.
 */
export function resolveData(
  request: AgentRequest,
  endpoint: AzureEndpoint,
): Resolution | Promise<Resolution> {
  const override = findMethodOverride(request);
  if (override !== undefined) return { unresolved: `${override} asks for another method; send that method` };
  const read = readers[endpoint.service];
  if (read === undefined) return { unresolved: `hosts of the kind ${endpoint.service} take no token` };
  const actions = read(request, endpoint);
  return actions instanceof Promise ? actions.then(resolutionOf) : resolutionOf(actions);
}

function resolutionOf(actions: readonly Action[]): Resolution {
  const [first, ...others] = unique(actions);
  return first === undefined
    ? { unresolved: 'the request does nothing that has a name' }
    : { actions: [first, ...others] };
}

/** The same action on the same thing is said once. */
function unique(actions: readonly Action[]): readonly Action[] {
  if (actions.length < 2) return actions;
  const seen = new Map(
    actions.map((action) => [[action.name, action.resource, action.part, action.reach].join('\0'), action]),
  );
  return [...seen.values()];
}
