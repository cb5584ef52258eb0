import { PaiError } from '@pai/core';
import { readPktLine } from './pkt-line.ts';
import { isReferenceName } from './reference-name.ts';

/** One line of a push: a reference that is to be created, moved or deleted. */
export interface RefCommand {
  readonly reference: string;
  readonly isDelete: boolean;
}

/** What the client of a push says before its pack. */
export interface CommandList {
  readonly commands: readonly RefCommand[];
  readonly capabilities: ReadonlySet<string>;
}

/** Reads a command list that comes in pieces. */
export interface CommandReader {
  /** What was read so far. */
  readonly list: CommandList;
  /**
   * Goes on reading: `bytes` is everything from the beginning. True when the list has ended. Throws
   * `malformed_request` for what is no such list.
   */
  readonly read: (bytes: Buffer) => boolean;
}

/** Most references that one push may name. */
export const maxCommands = 100;

/** A reader of the update requests of git-receive-pack (gitprotocol-pack, "Reference Update Request"). */
export function createCommandReader(): CommandReader {
  const commands: RefCommand[] = [];
  const capabilities = new Set<string>();
  let at = 0;
  let isComplete = false;

  const take = (payload: Buffer) => {
    const nul = payload.indexOf(0);
    const line = trimmed(nul === -1 ? payload : payload.subarray(0, nul));
    if (nul !== -1) {
      if (commands.length > 0) throw unreadable('has capabilities that do not stand in its first command');
      for (const word of payload.toString('latin1', nul + 1).split(/[ \n]+/)) capabilities.add(word);
    }
    if (/^shallow (?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(line)) return;
    if (line === 'push-cert') throw unreadable('is signed, which is not read; push without --signed');
    if (commands.length === maxCommands) {
      throw unreadable(`names more than ${maxCommands} references; push fewer at a time`);
    }
    commands.push(commandOf(line));
  };

  return {
    list: { commands, capabilities },
    read(bytes) {
      while (!isComplete) {
        const found = readPktLine(bytes, at);
        if (found === undefined) return false;
        at = found.end;
        if (found.payload === 'flush') isComplete = true;
        else take(found.payload);
      }
      return true;
    },
  };
}

function commandOf(line: string): RefCommand {
  const match = /^([0-9a-f]+) ([0-9a-f]+) (.+)$/s.exec(line);
  const [, before = '', after = '', latin1 = ''] = match ?? [];
  const isSized = before.length === after.length && (after.length === 40 || after.length === 64);
  if (!isSized) throw unreadable('has a line that is no command');
  const reference = decode(latin1);
  if (reference === undefined || !isReferenceName(reference)) {
    throw unreadable('names a reference that git itself would refuse');
  }
  return { reference, isDelete: /^0+$/.test(after) };
}

/** git takes a line with or without its line feed. */
function trimmed(line: Buffer): string {
  return line.toString('latin1').replace(/\n$/, '');
}

function decode(latin1: string): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return undefined;
  }
}

function unreadable(why: string): PaiError {
  return new PaiError('malformed_request', `the push ${why}`);
}
