import type { ProviderTypeSpec } from '../src/index.ts';

/** A type with a bit of everything. */
export const tickets: ProviderTypeSpec = {
  hosts: ['api.tickets.example'],
  basePath: '/v2',
  auth: [
    { in: 'header', name: 'X-Api-Key' },
    { in: 'query', name: 'api_key', secretKey: 'query' },
  ],
  placeholders: { TICKETS_KEY: 'tk_{placeholder}', TICKETS_URL: 'https://api.tickets.example/v2' },
  routes: [
    { method: 'GET', path: '/projects', action: 'projects:list' },
    { method: 'GET', path: '/projects/{project}', action: 'projects:read', resource: 'project/{project}' },
    {
      method: 'GET',
      path: '/projects/{project}.csv',
      action: 'projects:export',
      resource: 'project/{project}',
    },
    { method: 'GET', path: '/projects/mine', action: 'projects:mine' },
    { method: 'GET', path: '/groups/{group:slash}', action: 'groups:read', resource: 'group/{group}' },
    {
      method: 'POST',
      path: '/tickets',
      action: 'tickets:create',
      resource: 'project/{project}',
      from: { project: { in: 'body', name: 'project.id' }, user: { in: 'body', name: 'assignees' } },
      also: [{ action: 'tickets:assign', resource: 'user/{user}' }],
    },
    { method: 'POST', path: '/tickets/{ticket}:close', action: 'tickets:close', resource: 'ticket/{ticket}' },
    {
      method: 'GET',
      path: '/search',
      action: 'tickets:search',
      resource: 'project/{project}',
      from: { project: { in: 'query', name: 'project' } },
    },
    { method: 'GET', path: '/files/{path+}', action: 'files:read', resource: 'file/{path}' },
    { method: 'POST', path: '/rpc', action: 'tags:add', when: { in: 'body', name: 'method', is: 'addTag' } },
    { method: 'POST', path: '/rpc', action: 'tags:purge', when: { in: 'body', name: 'method', is: 'purge' } },
    {
      method: 'DELETE',
      path: '/projects/{project}',
      action: 'projects:delete',
      resource: 'project/{project}',
    },
  ],
  denial: { body: { errors: [{ detail: '{message}', status: '{status}', code: 'pai.{code}' }] } },
};
