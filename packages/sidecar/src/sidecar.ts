import type { Ca } from './ca.ts';
import type { ComposedProvider } from './compose.ts';
import type { DoorAddresses, DoorOptions } from './doors/open.ts';
import type { RuntimeOptions } from './runtime.ts';

/** Everything a sidecar can be told. */
export type SidecarOptions = RuntimeOptions & DoorOptions;

/** A running sidecar. */
export interface Sidecar {
  readonly ca: Ca;
  readonly addresses: DoorAddresses;
  /** The Providers that are serving now. */
  readonly attached: () => readonly ComposedProvider[];
  /** Takes nothing new, lets what is under way finish for `patience` milliseconds (default 10,000), then cuts it off. */
  close(patience?: number): Promise<void>;
}

/** Starts a sidecar. Rejects with a sentence, and nothing left open, when something it needs is not there. */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  // Commands that serve nothing do not pay for the parts that serve.
  const [{ createRuntime }, { openDoors }, { endRuntime, settleRuntime }] = await Promise.all([
    import('./runtime.ts'),
    import('./doors/open.ts'),
    import('./end-runtime.ts'),
  ]);
  const runtime = await createRuntime(options);
  const { servers, live } = runtime;
  const doors = await openDoors(options, runtime).catch(async (thrown: unknown) => {
    await endRuntime(runtime);
    throw thrown;
  });
  return {
    ca: runtime.ca,
    addresses: doors.addresses,
    attached: live.attached,
    async close(patience = 10_000) {
      doors.close();
      servers.close();
      await settleRuntime(runtime, patience);
      doors.end();
      await endRuntime(runtime);
    },
  };
}
