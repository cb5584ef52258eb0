import { v8 } from './heap-sizes.ts';

/** Tells V8 what has changed, and nothing else. */
export function createSetting<Value>(flagFor: (is: Value) => string): (is: Value) => void {
  let was: Value | undefined;
  return (is) => {
    if (is === was) return;
    was = is;
    v8().setFlagsFromString(flagFor(is));
  };
}
