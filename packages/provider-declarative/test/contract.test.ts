import { testProvider } from '@pai/core/conformance';
import { describe, test } from 'vitest';
import { declareProvider } from '../src/index.ts';
import { tickets } from './tickets.ts';

const own = 'https://api.tickets.example/v2';
const json = { 'content-type': 'application/json' };

describe('keeps the contract', () => {
  testProvider(test, {
    plugin: declareProvider('tickets', tickets),
    spec: {
      type: 'tickets',
      auth: { secretRef: 'tickets', agentEnvVar: 'TICKETS_TOKEN' },
      policy: { allow: ['*'] },
      scope: { resources: ['project/alpha', 'ticket/7', 'user/*', 'file/docs/*'] },
    },
    secrets: { token: 'tk_canaryCanary0001', query: 'tq_canaryCanary0002' },
    samples: [
      { url: `${own}/projects`, actions: ['projects:list'] },
      { method: 'HEAD', url: `${own}/projects/alpha`, actions: ['projects:read'], resource: 'project/alpha' },
      { url: `${own}/projects/alpha.csv`, actions: ['projects:export'], resource: 'project/alpha' },
      { url: `${own}/projects/alpha.CSV`, actions: 'unresolved' },
      { url: `${own}/Projects/alpha`, actions: ['projects:read'], resource: 'project/alpha' },
      { url: `${own}/projects/mine/`, actions: ['projects:mine'] },
      { url: `${own}/projects/a%2Fb`, actions: 'unresolved' },
      { url: `${own}/groups/a%2Fb`, actions: ['groups:read'], resource: 'group/a%2Fb' },
      {
        method: 'POST',
        url: `${own}/tickets`,
        headers: json,
        body: '{"project":{"id":"alpha"},"assignees":["ann","bob"]}',
        actions: ['tickets:create', 'tickets:assign', 'tickets:assign'],
      },
      { method: 'POST', url: `${own}/tickets/7:close`, actions: ['tickets:close'], resource: 'ticket/7' },
      { url: `${own}/search?project=alpha&q=x`, actions: ['tickets:search'], resource: 'project/alpha' },
      { url: `${own}/files/docs/a/b.txt`, actions: ['files:read'], resource: 'file/docs/a/b.txt' },
      {
        method: 'POST',
        url: `${own}/rpc`,
        headers: json,
        body: '{"method":"purge"}',
        actions: ['tags:purge'],
      },
      { method: 'POST', url: `${own}/rpc`, headers: json, body: '{"method":"Purge"}', actions: 'unresolved' },
      { url: 'https://api.tickets.example/', actions: 'unresolved' },
      { url: 'https://api.tickets.example/v1/projects', actions: 'unresolved' },
    ],
  });
  testProvider(test, {
    plugin: declareProvider('open', {
      hosts: ['open.example'],
      routes: [{ method: 'GET', path: '/', action: 'home' }],
    }),
    spec: { type: 'open', policy: { allow: ['home'] } },
    secrets: {},
    samples: [{ url: 'https://open.example/', actions: ['home'] }],
  });
  testProvider(test, {
    plugin: declareProvider('pay', {
      hosts: ['pay.example'],
      auth: [
        { in: 'basic', userKey: 'key' },
        { in: 'cookie', name: 'session', secretKey: 'session' },
      ],
      routes: [{ method: 'GET', path: '/{thing}', action: 'read', resource: '{thing}' }],
      denial: { status: 402, contentType: 'text/html', body: '<p>{message}' },
    }),
    spec: { type: 'pay', auth: { secretRef: 'pay' }, policy: { allow: ['*'] } },
    secrets: { key: 'sk_canaryCanary0003', session: 'se_canaryCanary0004' },
    samples: [{ url: 'https://pay.example/x', actions: ['read'], resource: 'x' }],
  });
});
