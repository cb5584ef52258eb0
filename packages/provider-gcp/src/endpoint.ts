/** Which service of Google a host stands for. */
export interface GcpEndpoint {
  /** The service's own name, whatever region, mTLS or legacy form the host has: `pubsub.googleapis.com`. */
  readonly service: string;
  /** Host label of the region, where the host names one: `us-central1`. */
  readonly region?: string;
  /** The bucket of `<bucket>.storage.googleapis.com`, which has dots where the host has. */
  readonly bucket?: string;
}
