import { printable, readPath } from '@pai/core';
import { roleOf } from './hosts.ts';

/** What a path of Slack leads to. */
export type Door =
  | { readonly kind: 'method'; readonly method: string }
  | { readonly kind: Pseudo }
  | { readonly kind: 'none'; readonly reason: string };

/** What is no method of the Web API and has a name nevertheless. */
export type Pseudo = 'upload' | 'download' | 'webhook' | 'response' | 'trigger' | 'socket';

/** The action names of what is no method. */
export const pseudoActions: Readonly<Record<Pseudo, string>> = {
  upload: 'files.uploadExternal',
  download: 'files.download',
  webhook: 'incoming-webhook',
  response: 'response_url',
  trigger: 'workflow-trigger',
  socket: 'socket-mode',
};

/** Where a host and a path lead. Throws `malformed_request` for a path with more than one reading. */
export function doorOf(host: string, path: string): Door {
  const { segments } = readPath(path);
  const [first = '', second, ...rest] = segments;
  switch (roleOf(host)) {
    case 'files':
      return filesDoor(segments);
    case 'hooks':
      return hooksDoor(segments);
    case 'socket':
      return first === 'link' && second === undefined
        ? { kind: 'socket' }
        : none('only the WebSocket of Socket Mode (/link) is read on this host');
    default:
      if (first !== 'api' || second === undefined || rest.length > 0) {
        return none('the path is not /api/ and a method; use the Web API');
      }
      if (!/^[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*$/.test(second) || second.length > 200) {
        return none(`${printable(second)} is no name of a method`);
      }
      return { kind: 'method', method: second };
  }
}

function filesDoor(segments: readonly string[]): Door {
  const [first = '', second] = segments;
  if (first === 'upload' && second === 'v1' && segments.length === 3) return { kind: 'upload' };
  if (/^files-(?:pri|tmb)(?:-safe)?$/.test(first) && segments.length >= 3) return { kind: 'download' };
  return none('the path is no upload and no download of a file');
}

/** A raw path without the credential that the path of an incoming webhook is. */
export function emptyWebhook(path: string): string {
  return /^\/services\/./.test(unescaped(path)) ? '/services/T0/B0/webhook' : path;
}

/** A raw path without the ticket that Slack has put into a URL which is its own credential. */
export function withoutTicket(path: string): string {
  const [, kind] = tickets.exec(unescaped(path)) ?? [];
  return kind === undefined ? path : ['', kind, '***'].join('/');
}

const tickets = /^\/+(upload\/v1|actions|commands|app|triggers|workflows)\/./;

function unescaped(path: string): string {
  return path.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and .../interactivity/handling-user-interaction */
function hooksDoor(segments: readonly string[]): Door {
  const [first = ''] = segments;
  const kind = Object.hasOwn(hooks, first) ? hooks[first] : undefined;
  return kind === undefined || segments.length < 2 ? none('the path is no kind of webhook') : { kind };
}

const hooks: Readonly<Record<string, Pseudo>> = {
  services: 'webhook',
  actions: 'response',
  commands: 'response',
  app: 'response',
  triggers: 'trigger',
  workflows: 'trigger',
};

function none(reason: string): Door {
  return { kind: 'none', reason };
}
