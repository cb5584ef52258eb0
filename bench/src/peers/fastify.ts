import { launchProgram, packageVersions } from './installation.ts';
import type { Peer } from './peer.ts';

/** The stack that was proposed. */
export const fastify: Peer = {
  name: 'fastify',
  title: 'fastify + @fastify/http-proxy',
  role: 'inject',
  remark:
    'fastify: @fastify/http-proxy does not verify the upstream unless it is told to; here it is told, and its limit of 128 connections is lifted.',
  versions: () => packageVersions('fastify', '@fastify/http-proxy'),
  launch: launchProgram('fastify-proxy'),
};
