import type { Action, AgentRequest } from '@pai/core';
import { compileOperations } from './operations.ts';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';
import {
  checkContainer,
  namesOf,
  onPrefixes,
  readStoragePath,
  storageActions,
  storageHost,
  unknownOperation,
} from './storage.ts';

/** Queue service REST API; names from "Permissions for calling data operations" (Azure Storage, "Authorize with Microsoft Entra ID"). */
const onAccount = compileOperations(
  `${storageActions}queueServices/`,
  `
  GET list queues/read list
  GET service/properties read
  PUT service/properties write
  GET service/stats read
  POST service/userdelegationkey generateUserDelegationKey/action any
  `,
);

const onQueue = compileOperations(
  `${storageActions}queueServices/queues/`,
  `
  PUT - write
  DELETE - delete
  GET,HEAD metadata read
  PUT metadata write
  GET,HEAD acl getAcl/action
  PUT acl setAcl/action
  `,
);

/** `peek` stands for `peekonly=true`, `id` for a path that has the message. */
const onMessages = compileOperations(
  `${storageActions}queueServices/queues/messages/`,
  `
  POST - add/action
  GET - process/action
  GET peek read
  DELETE - delete
  DELETE id delete
  PUT id write
  `,
);

const known: ReadonlySet<string> = new Set(
  'comp restype timeout api-version prefix marker maxresults include peekonly numofmessages visibilitytimeout messagettl popreceipt'.split(
    ' ',
  ),
);

/** The actions of a request to the Queue service, on `<account host>/<queue>`. Throws `malformed_request` for one that has more than one reading or none. */
export function readQueue(request: AgentRequest): readonly Action[] {
  const { method } = request;
  const query = readQuery(request, { known });
  const comp = query.get('comp') ?? '';
  const restype = query.get('restype');
  const host = storageHost(request.host);
  const { container, rest } = readStoragePath(request.path);
  if (container === undefined) {
    const selector = restype === undefined ? comp : `${restype}/${comp}`;
    const operation = onAccount(method, selector);
    if (operation === undefined) throw unknownOperation(method, selector, 'an account');
    const name = operation.action;
    // Whoever has the key signs for whatever the credential reaches.
    if (operation.flags.has('any')) return [{ name, resource: host, reach: 'any' }];
    if (!operation.flags.has('list')) return [{ name, resource: host }];
    return onPrefixes(operation.action, host, query.get('prefix') ?? '');
  }
  if (restype !== undefined) throw unknownOperation(method, `restype=${restype}`, 'a queue');
  const resource = `${host}/${checkContainer(container)}`;
  const operation =
    rest === undefined
      ? onQueue(method, comp)
      : onMessages(method, messageSelector(rest, query.get('peekonly'), comp));
  if (operation === undefined)
    throw unknownOperation(method, comp, rest === undefined ? 'a queue' : 'messages');
  return [{ name: operation.action, resource }];
}

function messageSelector(rest: string, peekonly: string | undefined, comp: string): string {
  const [path = '', ...others] = namesOf(rest.replace(/\/$/, ''));
  const found = /^messages(?:\/([^/]+))?$/i.exec(path);
  if (found === null || others.length > 0 || comp !== '') {
    throw unreadable('the path of a queue goes on with /messages and the message; send no other');
  }
  if (peekonly !== undefined && !/^(?:true|false)$/i.test(peekonly)) {
    throw unreadable('peekonly is neither true nor false; send one of them');
  }
  if (found[1] !== undefined) return 'id';
  return /^true$/i.test(peekonly ?? '') ? 'peek' : '';
}
