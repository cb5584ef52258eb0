import { fastify } from './peers/fastify.ts';
import { go } from './peers/go.ts';
import { haproxy } from './peers/haproxy.ts';
import { mitmproxy } from './peers/mitmproxy.ts';
import { mockttp } from './peers/mockttp.ts';
import { nginx } from './peers/nginx.ts';
import { aws4, aws4fetch, bareSplice, direct, hello, selfsigned, tlsPipe } from './peers/node-floor.ts';
import type { Peer } from './peers/peer.ts';
import { sidecar, sidecarModules, sidecarSource } from './peers/sidecar.ts';
import { srt } from './peers/srt.ts';

/** Everything that can be measured, in the order of the tables. */
export const peers: readonly Peer[] = [
  direct,
  sidecar,
  sidecarModules,
  sidecarSource,
  nginx,
  haproxy,
  tlsPipe,
  bareSplice,
  hello,
  go,
  fastify,
  srt,
  mockttp,
  mitmproxy,
  selfsigned,
  aws4,
  aws4fetch,
];
