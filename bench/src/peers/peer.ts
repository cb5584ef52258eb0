import type { Home } from '../homes.ts';
import type { Service } from '../services.ts';
import type { Certificate, Site } from '../site.ts';

/** What a proxy is put in front of, and where it listens. */
export interface Front {
  readonly site: Site;
  readonly service: Service;
  /** What it may show to agents in the service's name. */
  readonly certificate: Certificate;
  readonly upstreamPort: number;
  readonly port: number;
  /** The sidecar's state. */
  readonly home: Home;
  /** A directory of its own. */
  readonly directory: string;
}

/** How a proxy is started. */
export interface Launch {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** One way from the agent to the service, or something else that is measured beside it. */
export interface Peer {
  readonly name: string;
  /** What it is, for the tables. */
  readonly title: string;
  /**
   * What it does for a request: `inject` puts the credential on; `pass` leaves it as it is, so that the agent sends the
   * real one; `hello` answers itself; `library` is no server.
   */
  readonly role: 'inject' | 'pass' | 'hello' | 'library';
  /** Only takes a CONNECT, and dials what it names. */
  readonly needsConnect?: boolean;
  /** Trusted by agents in place of the site's CA: a file in its directory. */
  readonly caFile?: string;
  /** The share of the work that it is given, for those that would take minutes. Default 1. */
  readonly pace?: number;
  /** Measured in the first round only, but with --full: it is there for scale, and takes its time. */
  readonly isForScale?: boolean;
  /** Not measured unless it is named. */
  readonly isExtra?: boolean;
  /** What has to be said of how it is measured. */
  readonly remark?: string;
  /** Why it cannot be measured here, if it cannot. */
  readonly obstacle?: () => string | undefined;
  /** What is measured, with versions. */
  readonly versions?: () => Readonly<Record<string, string>>;
  /** Prepares its files and gives the command of its proxy; none for the direct way and libraries. */
  readonly launch?: (front: Front) => Launch | Promise<Launch>;
}
