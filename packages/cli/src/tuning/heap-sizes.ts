import type { HeapSpaceInfo } from 'node:v8';

/** Node's `v8`, loaded when it is wanted. */
export const v8 = () => process.getBuiltinModule('node:v8');

/** Bytes of the heap in use. */
export function usedSize(): number {
  return v8().getHeapStatistics().used_heap_size;
}

/** Bytes in use outside the young generation. */
export function oldSize(spaces: readonly HeapSpaceInfo[]): number {
  const old = spaces.filter(({ space_name }) => !space_name.startsWith('new_'));
  return old.reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}

/** Bytes that the young generation takes, and has in use. */
export function youngSpace(
  spaces: readonly HeapSpaceInfo[],
): Pick<HeapSpaceInfo, 'space_size' | 'space_used_size'> {
  const young = spaces.find(({ space_name }) => space_name === 'new_space');
  return young ?? { space_size: 0, space_used_size: 0 };
}

/** Bytes outside the heap. */
export function bufferSize(): number {
  return v8().getHeapStatistics().external_memory;
}

/** Bytes that the heap takes. */
export function wholeSize(): number {
  return v8()
    .getHeapSpaceStatistics()
    .reduce((sum, { space_size }) => sum + space_size, 0);
}
