/** Something that agents reach through a proxy; the rig's upstreams stand for all of them. */
export interface Service {
  readonly name: 'api' | 'streams';
  readonly host: string;
  /** A path that answers 200 to a GET with the real credential. */
  readonly path: string;
  /** The Provider that the sidecar serves it with. */
  readonly provider: string;
  /** What the agent holds instead of the credential. */
  readonly placeholder: string;
}

/** Small JSON answers: the README's GitHub Provider is judged and every request is audited. */
export const api: Service = {
  name: 'api',
  host: 'api.github.com',
  path: '/repos/myorg/repo-a/issues/1',
  provider: 'github-writer',
  placeholder: 'pai-placeholder-github-writer',
};

/** Long bodies both ways, and events. */
export const streams: Service = {
  name: 'streams',
  host: 'streams.example.com',
  path: '/bytes/1',
  provider: 'streams',
  placeholder: 'pai-placeholder-streams',
};

/** Every service. */
export const services = [api, streams] as const;

/** For proxies that dial what a CONNECT names: the upstreams have a certificate for it. */
export const localName = 'localhost';
