/** What is loaded when it is first needed. */
export interface Once<T> {
  /** One load for all who ask. Rejects with what the load does, and the next who asks has it tried again. */
  get(): Promise<T>;
  /** What has been loaded, or is just being; undefined when nothing is. Never rejects. */
  begun(): Promise<T | undefined>;
}

/** Loads nothing yet. A load can fail for the moment only: when too many files are open, not even a module is read. */
export function createOnce<T>(load: () => Promise<T>): Once<T> {
  let loading: Promise<T> | undefined;
  return {
    get() {
      loading ??= load().catch((thrown: unknown) => {
        loading = undefined;
        throw thrown;
      });
      return loading;
    },
    begun: async () => loading?.catch(() => undefined),
  };
}
