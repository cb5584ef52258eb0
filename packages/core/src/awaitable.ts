/** A value, or the promise of one. What is here already is not waited for. */
export type Awaitable<T> = T | Promise<T>;

/** Whether a value is still to come. */
export function isPending<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof (value as Partial<Promise<T>> | null | undefined)?.then === 'function';
}

/** What `next` makes of a value, at once where that is here. Throws, or rejects, with what `next` throws. */
export function andThen<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return isPending(value) ? Promise.resolve(value).then(next) : next(value);
}
