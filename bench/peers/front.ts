/** What a proxy of this directory is told in its one argument. */
export interface FrontOptions {
  readonly port: number;
  readonly upstreamPort: number;
  readonly host: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Reads the one argument. */
export function readFront<Options = FrontOptions>(): Options {
  return JSON.parse(process.argv[2] ?? '{}') as Options;
}
