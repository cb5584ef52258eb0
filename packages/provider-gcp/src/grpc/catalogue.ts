import { inflateRawSync } from 'node:zlib';
import type { Kind } from '../mentions.ts';
import { type FieldPath, groupTemplates, parseTemplate, readPath, type Template } from './template.ts';

/** One thing that an rpc needs. */
export interface RpcNeed {
  /** Permissions; `$` in one stands for the collection of what is named, `%` for the service's own prefix. */
  readonly permissions: readonly string[];
  /** What it is on, by the fields that say it; none: that cannot be told. */
  readonly templates: readonly (readonly Template[])[];
  /** Needed only when the message sets what the templates read. */
  readonly isOptional: boolean;
}

/** One rpc. */
export interface RpcModel {
  /** The agent's messages are a stream, each of which may name what it is on. Else there is one. */
  readonly isStream: boolean;
  /** A reader of `readers.ts` knows more of it. */
  readonly isRead: boolean;
  /** It can reach what neither its names nor its mentions tell. */
  readonly isOpen: boolean;
  readonly needs: readonly RpcNeed[];
  readonly mentions: readonly Mention[];
}

/** A field that may name a resource beside what the rpc is on. */
export interface Mention {
  readonly path: FieldPath;
  /** What its text is: a name of a resource, of this service, or as `nameOf` tells kinds. */
  readonly kind: Kind;
  readonly service?: string;
}

/** The gRPC services of one host. */
export interface HostModel {
  /** What its permissions begin with. */
  readonly prefix: string;
  /** Undefined for a service that the host does not have. */
  readonly service: (name: string) => ServiceModel | undefined;
  readonly services: () => readonly string[];
}

/** The rpcs of one service; undefined for one that it is not known to have. */
export interface ServiceModel {
  readonly rpc: (name: string) => RpcModel | undefined;
  readonly rpcs: () => readonly string[];
}

/** As many hosts as an agent uses at a time. */
const most = 12;

/** The one that was used longest ago first. */
const kept = new Map<string, HostModel>();

/**
 * The gRPC services of a host, or undefined when it is known to have none. Nothing of the table is in memory before the
 * first call; each host's is inflated when it is asked for, and the 12 used last are kept.
 */
export async function loadHost(host: string): Promise<HostModel | undefined> {
  const known = kept.get(host);
  const model = known ?? createHost(await hostText(host));
  if (model === undefined) return undefined;
  kept.delete(host);
  kept.set(host, model);
  for (const oldest of kept.keys()) {
    if (kept.size <= most) break;
    kept.delete(oldest);
  }
  return model;
}

/** The hosts that have gRPC services. */
export async function grpcHosts(): Promise<readonly string[]> {
  return Object.keys((await import('./grpc.generated.ts')).packedHosts);
}

async function hostText(host: string): Promise<string | undefined> {
  const { packedHosts, sharedText } = await import('./grpc.generated.ts');
  const packed = Object.hasOwn(packedHosts, host) ? packedHosts[host] : undefined;
  if (packed === undefined) return undefined;
  const dictionary = inflateRawSync(Buffer.from(sharedText, 'base64'));
  return inflateRawSync(Buffer.from(packed, 'base64'), { dictionary }).toString('latin1');
}

function createHost(text: string | undefined): HostModel | undefined {
  if (text === undefined) return undefined;
  const [prefix = '', ...blocks] = text.split('\n=');
  const services = new Map(blocks.map((block) => [block.slice(0, block.indexOf('\n')), block]));
  const models = new Map<string, ServiceModel>();
  return {
    prefix,
    services: () => [...services.keys()],
    service: (name) => {
      const block = services.get(name);
      if (block === undefined) return undefined;
      const model = models.get(name) ?? createService(block.split('\n').slice(1));
      models.set(name, model);
      return model;
    },
  };
}

/** A service over the lines that `tools/catalogue/src/gcp/grpc.ts` writes; each is read when it is first asked for. */
export function createService(lines: readonly string[]): ServiceModel {
  const texts = new Map(lines.map((line) => [line.slice(0, line.indexOf('|')), line]));
  const models = new Map<string, RpcModel>();
  return {
    rpcs: () => [...texts.keys()],
    rpc: (name) => {
      const line = texts.get(name);
      if (line === undefined) return undefined;
      const model = models.get(name) ?? readRpc(line);
      models.set(name, model);
      return model;
    },
  };
}

function readRpc(line: string): RpcModel {
  const [, flags = '', needs = '', mentions = ''] = line.split('|');
  return {
    isStream: flags.includes('s'),
    isRead: flags.includes('r'),
    isOpen: flags.includes('!'),
    needs: needs.split(';').map(readNeed),
    mentions: mentions === '' ? [] : mentions.split(';').map(readMention),
  };
}

function readMention(text: string): Mention {
  const [path = '', what = ''] = text.split('=');
  const kind = what === 'bucket' || what === 'table' ? what : undefined;
  return { path: readPath(path), kind, ...(kind === undefined && what !== '' && { service: what }) };
}

function readNeed(text: string): RpcNeed {
  const isOptional = text.startsWith('?');
  const [permissions = '', ...templates] = text.slice(isOptional ? 1 : 0).split('@');
  return {
    permissions: permissions.split(' '),
    templates: groupTemplates(templates.map(parseTemplate)),
    isOptional,
  };
}
