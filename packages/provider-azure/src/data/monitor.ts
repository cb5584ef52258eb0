import {
  type Action,
  type AgentRequest,
  decodeUtf8,
  printable,
  readDecoded,
  readJson,
  readPath,
} from '@pai/core';
import { readArmPath } from '../arm/structure.ts';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';

/** Bytes of a request for the metrics of many resources. */
const longest = 256 * 1024;

const repeated: ReadonlySet<string> = new Set(['match[]']);

/**
 * The actions of a request to Azure Monitor's own hosts: ingestion of logs by data collection rule, of metrics, metrics of
 * many resources, Prometheus. On ARM ids where the request has them, on `<host>/<path>` otherwise. Throws
 * `malformed_request` for one that has more than one reading or none.
 */
export function readMonitor(request: AgentRequest): readonly Action[] | Promise<readonly Action[]> {
  readQuery(request, { repeated });
  const { method, host } = request;
  const { segments } = readPath(request.path);
  const path = segments.map((segment) => segment.toLowerCase());
  const at = `${method} ${path[0]}`;
  if (at === 'POST datacollectionrules' && path[2] === 'streams' && path.length === 4) {
    return [{ name: 'Microsoft.Insights/Telemetry/Write', resource: [host, ...segments].join('/') }];
  }
  if (at === 'POST subscriptions' && path.length === 3 && path[2] === 'metrics:getbatch')
    return readMetricsBatch(request);
  if (at === 'POST subscriptions' && path.at(-1) === 'metrics') {
    return [{ name: 'Microsoft.Insights/Metrics/Write', resource: `/${segments.slice(0, -1).join('/')}` }];
  }
  const isQuery = method === 'GET' || (method === 'POST' && prometheus.has(path[2] ?? ''));
  if (path[0] === 'api' && path[1] === 'v1' && path.length > 2 && isQuery) {
    return [{ name: 'Microsoft.Monitor/accounts/data/metrics/read', resource: host, part: '' }];
  }
  throw unreadable(
    `${printable(`${method} ${request.path}`)} is no operation of Azure Monitor that is known; use one that it documents`,
  );
}

/** What Prometheus lets be asked by POST, for the length of the question. */
const prometheus: ReadonlySet<string> = new Set(['query', 'query_range', 'series', 'labels']);

async function readMetricsBatch(request: AgentRequest): Promise<readonly Action[]> {
  const content = readJson(decodeUtf8(await readDecoded(request, longest)), { isExact: false });
  const [[, ids] = [], ...others] = Object.entries((content ?? {}) as object).filter(
    ([name]) => name.toLowerCase() === 'resourceids',
  );
  if (
    others.length > 0 ||
    !Array.isArray(ids) ||
    ids.length === 0 ||
    ids.some((id) => typeof id !== 'string' || !/^\/subscriptions\/./i.test(id))
  ) {
    throw unreadable('the content has no list of ARM ids; send one as resourceids');
  }
  return ids.map((id: string) => ({ name: 'Microsoft.Insights/metrics/read', resource: readArmPath(id).id }));
}
