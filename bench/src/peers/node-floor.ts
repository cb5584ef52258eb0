import { launchProgram, packageVersions, programOf } from './installation.ts';
import type { Peer } from './peer.ts';

/** The agent that holds the real credential. */
export const direct: Peer = { name: 'direct', title: 'direct: no proxy', role: 'pass' };

/** Node's floor. */
export const tlsPipe = floor({
  name: 'tls-pipe',
  title: 'node TLS in, TLS out, no HTTP',
  role: 'pass',
  remark: 'tls-pipe reads no HTTP: the agent sends the real credential. It verifies the upstream.',
});

/** The floor of a proxy that reads HTTP. */
export const bareSplice = floor({
  name: 'bare-splice',
  title: 'node, least splice of HTTP',
  role: 'inject',
  remark:
    'bare-splice copies heads line by line and puts the credential on: no check, no policy, no audit, no limit. It is what Node takes for HTTP before anything is made safe.',
});

function floor(peer: Pick<Peer, 'name' | 'title' | 'role' | 'remark'>): Peer {
  return { ...peer, isForScale: true, launch: launchProgram(peer.name) };
}

/** What a Node server costs before it does anything. */
export const hello: Peer = {
  name: 'hello',
  title: 'bare `node:https` hello',
  role: 'hello',
  launch: ({ certificate, port }) => ({
    command: [process.execPath, programOf('hello'), JSON.stringify({ port, ...certificate })],
  }),
};

/** The npm package that makes certificates. */
export const selfsigned: Peer = {
  name: 'selfsigned',
  title: 'selfsigned (npm): a leaf by a CA, and its context',
  role: 'library',
  versions: () => packageVersions('selfsigned'),
};

/** The signer on the card. */
export const aws4: Peer = {
  name: 'aws4',
  title: 'aws4 (npm)',
  role: 'library',
  versions: () => packageVersions('aws4'),
};

/** A signer on Web Crypto. */
export const aws4fetch: Peer = {
  name: 'aws4fetch',
  title: 'aws4fetch (npm), its signer alone',
  role: 'library',
  pace: 0.1,
  remark:
    'aws4fetch derives its key for each request, since a signer alone has no cache; with one it takes a third.',
  versions: () => packageVersions('aws4fetch'),
};
