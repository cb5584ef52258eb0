import type { AttachedProvider, Authority } from '@pai/core';
import { endRuntime, settleRuntime } from '../end-runtime.ts';
import type { Engine } from '../engine.ts';
import { createRuntime, type RuntimeOptions } from '../runtime.ts';

/** Everything that a sidecar without doors can be told. It follows its home as a sidecar does. */
export type GateOptions = Omit<RuntimeOptions, 'caDir' | 'deadlines' | 'handshakeDeadline'>;

/** The engine of a sidecar behind no door of its own. */
export interface Gate extends Pick<Engine, 'handle' | 'note'> {
  /** The Providers that judge the next request. */
  readonly attached: () => readonly AttachedProvider[];
  readonly isClaimed: (authority: Authority) => boolean;
  /** Whether a Provider answers everything there by itself, so that it may be asked in clear. */
  readonly isAnswered: (authority: Authority) => boolean;
  /** Lets what is under way finish for `patience` milliseconds (default 10,000), then cuts it off. */
  close(patience?: number): Promise<void>;
}

/** Opens one. Rejects with a sentence when the configuration or a file is unusable. */
export async function openGate(options: GateOptions): Promise<Gate> {
  const runtime = await createRuntime(options);
  const { engine, live, isClaimed, isAnswered } = runtime;
  return {
    handle: engine.handle,
    note: engine.note,
    attached: () => live.pipeline().attached,
    isClaimed,
    isAnswered,
    async close(patience = 10_000) {
      await settleRuntime(runtime, patience);
      await endRuntime(runtime);
    },
  };
}
