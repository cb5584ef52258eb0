import { type Action, PaiError, printable } from '@pai/core';
import { type Frame, isRecord, type Params } from './frame.ts';

/** The action of one message: a tool by its name, everything else by its JSON-RPC method. Throws `malformed_request`. */
export function actionOf(frame: Frame): Action {
  if (frame.kind === 'response') return { name: 'response' };
  const { method, params } = frame;
  if (method === 'tools/call') return toolAction(params);
  const resource = subjectOf(params);
  return resource === undefined ? { name: method } : { name: method, resource };
}

/** Whether it is a name of a tool that every host takes: modelcontextprotocol.io, SEP-986. */
export function isToolName(name: string): boolean {
  return /^[A-Za-z0-9_.-]{1,128}$/.test(name);
}

/** No method looks like one, since all that a tool could be taken for have a slash, or are refused here. */
function toolAction({ name, arguments: given = {} }: Params): Action {
  if (typeof name !== 'string' || !isToolName(name)) {
    throw malformed(`${shownName(name)} is no name of a tool; use letters, digits, _, . and -`);
  }
  if (!isRecord(given)) throw malformed(`the arguments of ${name} are not a JSON object`);
  return { name, arguments: given };
}

function subjectOf({ uri, name, ref, taskId }: Params): string | undefined {
  const inner = isRecord(ref) ? (ref['uri'] ?? ref['name']) : undefined;
  const all = [uri, name, inner, taskId].filter((one) => one !== undefined);
  if (all.length > 1) throw malformed('the params name more than one thing; send what the method takes');
  const [subject] = all;
  if (subject === undefined || typeof subject === 'string') return subject;
  throw malformed('the params name something that is not text');
}

function shownName(name: unknown): string {
  return typeof name === 'string' ? printable(name) : 'what the params give';
}

function malformed(why: string): PaiError {
  return new PaiError('malformed_request', why);
}
