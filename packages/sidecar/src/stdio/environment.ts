import { delimiter } from 'node:path';

/** What a program's environment begins with. */
export interface EnvironmentOptions {
  /** The sidecar's own, of which a few harmless variables are handed on. */
  readonly ambient: NodeJS.ProcessEnv;
  /** The program's own directory. */
  readonly home: string;
  /** Directories that come first in PATH. */
  readonly paths: readonly string[];
}

/** What programs cannot do without: where programs are, language and time zone; the last ones are Windows'. */
const handedOn = [
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'SystemRoot',
  'windir',
  'COMSPEC',
  'PATHEXT',
  'TEMP',
  'TMP',
];

/** The environment of a program, to which its own variables are added. Nothing else of the sidecar's is in it. */
export function programEnvironment({ ambient, home, paths }: EnvironmentOptions): Record<string, string> {
  const kept = handedOn.flatMap((name) => {
    const value = ambient[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const path = [...paths, ambient['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'].join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path, HOME: home };
}
