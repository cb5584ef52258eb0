import type { PaiError, Program, Redactor } from '@pai/core';
import { type Conversation, createConversation } from './conversation.ts';
import { createErrorLog } from './error-log.ts';
import type { Guard } from './guard.ts';
import { startProcess } from './process.ts';
import type { Reply } from './reply.ts';

/** A process and what is said to it. */
export interface Session extends Pick<Conversation, 'post' | 'listen' | 'isBusy'> {
  /** Whose it is: nobody else gets at it. */
  readonly agent: string | undefined;
  /** Milliseconds for which nobody has wanted anything of it. */
  readonly idleFor: () => number;
  /** Ends it; resolves when its process is gone. */
  readonly end: (isHasty?: boolean) => Promise<void>;
}

/** What a session is made of. */
export interface SessionOptions {
  readonly name: string;
  readonly program: Program;
  readonly agent: string | undefined;
  readonly isShared: boolean;
  readonly cwd: string;
  readonly base: Readonly<Record<string, string>>;
  readonly guard: Guard;
  readonly redactor: Redactor | undefined;
  readonly log: (line: string) => void;
  readonly now: () => number;
  /** Its process is gone. `isEarly`: it never wrote a message. */
  readonly onEnd: (why: PaiError, isEarly: boolean) => void;
  /** Its process has written its first message. */
  readonly onAnswer: () => void;
}

/** Starts a process and a conversation with it. */
export function startSession(options: SessionOptions): Session {
  const { name, program, agent, isShared, cwd, base, guard, redactor, log, now } = options;
  const errors = createErrorLog({ name, redactor, log, now });
  let touched = now();
  let isEnding = false;
  let hasAnswered = false;
  const touch = (reply: Reply) => {
    touched = now();
    reply.onOver(() => {
      touched = now();
    });
  };
  const process = startProcess({
    name,
    program,
    cwd,
    base,
    guard,
    errors,
    onLine: (line) => {
      if (!hasAnswered) options.onAnswer();
      hasAnswered = true;
      conversation.receive(line);
    },
    onEnd: (why) => {
      if (!isEnding) errors.say(why.message.slice(name.length + 2));
      conversation.end(why);
      options.onEnd(why, !isEnding && !hasAnswered);
    },
  });
  const conversation = createConversation({ process, isShared, say: errors.say });
  return {
    agent,
    post(messages, reply, given) {
      touch(reply);
      conversation.post(messages, reply, given);
    },
    listen(reply, lastId) {
      touch(reply);
      conversation.listen(reply, lastId);
    },
    isBusy: conversation.isBusy,
    idleFor: () => (conversation.isBusy() ? 0 : now() - touched),
    end(isHasty) {
      isEnding = true;
      return process.stop(isHasty);
    },
  };
}
