import { type Action, type AgentRequest, printable, readPath } from '@pai/core';
import type { AzureEndpoint } from '../endpoint.ts';
import { readQuery } from './query.ts';
import { unreadable } from './refuse.ts';
import { compileRoutes } from './routes.ts';

/** Key Vault REST API 7.5 to 2025-07-01; names from the roles' data actions (Azure RBAC, "Azure permissions for Security"). */
const vaultRows = `
GET secrets secrets/readMetadata/action secrets list
POST secrets/restore secrets/restore/action secrets
GET secrets/{n}/versions secrets/readMetadata/action secrets/{n}
GET secrets/{n} secrets/getSecret/action secrets/{n}
GET secrets/{n}/{v} secrets/getSecret/action secrets/{n}
PUT secrets/{n} secrets/setSecret/action secrets/{n}
PATCH secrets/{n} secrets/update/action secrets/{n}
PATCH secrets/{n}/{v} secrets/update/action secrets/{n}
DELETE secrets/{n} secrets/delete secrets/{n}
POST secrets/{n}/backup secrets/backup/action secrets/{n}
GET deletedsecrets secrets/readMetadata/action secrets list
GET deletedsecrets/{n} secrets/getSecret/action secrets/{n}
DELETE deletedsecrets/{n} secrets/purge/action secrets/{n}
POST deletedsecrets/{n}/recover secrets/recover/action secrets/{n}
GET keys keys/read keys list
POST keys/restore keys/restore/action keys
GET keys/{n}/rotationpolicy keyrotationpolicies/read keys/{n}
PUT keys/{n}/rotationpolicy keyrotationpolicies/write keys/{n}
GET keys/{n} keys/read keys/{n}
GET keys/{n}/{v} keys/read keys/{n}
GET keys/{n}/{v}/attestation keys/read keys/{n}
PUT keys/{n} keys/import/action keys/{n}
PATCH keys/{n} keys/update/action keys/{n}
PATCH keys/{n}/{v} keys/update/action keys/{n}
DELETE keys/{n} keys/delete keys/{n}
POST keys/{n}/create keys/create/action keys/{n}
POST keys/{n}/backup keys/backup/action keys/{n}
POST keys/{n}/rotate keys/rotate/action keys/{n}
GET deletedkeys keys/read keys list
GET deletedkeys/{n} keys/read keys/{n}
DELETE deletedkeys/{n} keys/purge/action keys/{n}
POST deletedkeys/{n}/recover keys/recover/action keys/{n}
POST rng rng/action -
GET certificates certificates/read certificates list
POST certificates/restore certificates/restore/action certificates
GET,PUT,DELETE certificates/contacts certificatecontacts/write certificates/contacts
GET certificates/issuers certificatecas/read certificates/issuers list
GET certificates/issuers/{n} certificatecas/read certificates/issuers/{n}
PUT,PATCH certificates/issuers/{n} certificatecas/write certificates/issuers/{n}
DELETE certificates/issuers/{n} certificatecas/delete certificates/issuers/{n}
GET certificates/{n} certificates/read certificates/{n}
PATCH certificates/{n}/policy certificates/update/action certificates/{n}
PATCH,DELETE certificates/{n}/pending certificates/update/action certificates/{n}
POST certificates/{n}/pending/merge certificates/create/action certificates/{n}
GET certificates/{n}/{v} certificates/read certificates/{n}
PATCH certificates/{n} certificates/update/action certificates/{n}
PATCH certificates/{n}/{v} certificates/update/action certificates/{n}
DELETE certificates/{n} certificates/delete certificates/{n}
POST certificates/{n}/create certificates/create/action certificates/{n}
POST certificates/{n}/import certificates/import/action certificates/{n}
POST certificates/{n}/backup certificates/backup/action certificates/{n}
GET deletedcertificates certificates/read certificates list
GET deletedcertificates/{n} certificates/read certificates/{n}
DELETE deletedcertificates/{n} certificates/purge/action certificates/{n}
POST deletedcertificates/{n}/recover certificates/recover/action certificates/{n}
GET storage storageaccounts/read storage list
POST storage/restore storageaccounts/restore/action storage
GET storage/{n} storageaccounts/read storage/{n}
PUT,PATCH storage/{n} storageaccounts/set/action storage/{n}
DELETE storage/{n} storageaccounts/delete storage/{n}
POST storage/{n}/backup storageaccounts/backup/action storage/{n}
POST storage/{n}/regeneratekey storageaccounts/regeneratekey/action storage/{n}
GET storage/{n}/sas storageaccounts/sas/read storage/{n}
GET storage/{n}/sas/{s} storageaccounts/sas/read storage/{n}
PUT,PATCH storage/{n}/sas/{s} storageaccounts/sas/set/action storage/{n}
DELETE storage/{n}/sas/{s} storageaccounts/sas/delete storage/{n}
GET deletedstorage storageaccounts/read storage list
GET deletedstorage/{n} storageaccounts/read storage/{n}
DELETE deletedstorage/{n} storageaccounts/purge/action storage/{n}
POST deletedstorage/{n}/recover storageaccounts/recover/action storage/{n}
GET deletedstorage/{n}/sas storageaccounts/sas/read storage/{n}
GET deletedstorage/{n}/sas/{s} storageaccounts/sas/read storage/{n}
POST deletedstorage/{n}/sas/{s}/recover storageaccounts/recover/action storage/{n}
`;

const inVault = compileRoutes('Microsoft.KeyVault/vaults/', vaultRows);

/** Managed HSM; names from its built-in roles ("Managed HSM data plane role management"). */
const hsmRows = `
GET keys keys/read/action keys list
POST keys/restore keys/restore/action keys
GET keys/{n}/rotationpolicy keys/read/action keys/{n}
PUT keys/{n}/rotationpolicy keys/write/action keys/{n}
GET keys/{n} keys/read/action keys/{n}
GET keys/{n}/{v} keys/read/action keys/{n}
GET keys/{n}/{v}/attestation keys/read/action keys/{n}
PUT keys/{n} keys/import/action keys/{n}
PUT keys/{n}/restore restore/start/action keys/{n}
PATCH keys/{n} keys/write/action keys/{n}
PATCH keys/{n}/{v} keys/write/action keys/{n}
DELETE keys/{n} keys/delete keys/{n}
POST keys/{n}/create keys/create keys/{n}
POST keys/{n}/backup keys/backup/action keys/{n}
POST keys/{n}/rotate keys/rotate/action keys/{n}
GET deletedkeys keys/deletedKeys/read/action keys list
GET deletedkeys/{n} keys/deletedKeys/read/action keys/{n}
DELETE deletedkeys/{n} keys/deletedKeys/delete keys/{n}
POST deletedkeys/{n}/recover keys/deletedKeys/recover/action keys/{n}
POST rng rng/action -
POST backup backup/start/action -
GET backup/{id}/pending backup/status/action -
POST prebackup backup/start/action -
PUT restore restore/start/action -
PUT prerestore restore/start/action -
GET restore/{id}/pending restore/status/action -
POST securitydomain/download securitydomain/download/action -
GET securitydomain/download/pending securitydomain/download/read -
GET securitydomain/upload securitydomain/transferkey/read -
POST securitydomain/upload securitydomain/upload/action -
GET securitydomain/upload/pending securitydomain/upload/read -
GET settings settings/read -
GET settings/{n} settings/read settings/{n}
PATCH settings/{n} settings/write settings/{n}
`;

const inHsm = compileRoutes('Microsoft.KeyVault/managedHsm/', hsmRows);

/** What is done with a key, whose version may be left out (Key Vault REST API, "Key operations"). */
const cryptography: Readonly<Record<string, string>> = {
  encrypt: 'encrypt',
  decrypt: 'decrypt',
  sign: 'sign',
  verify: 'verify',
  wrapkey: 'wrap',
  unwrapkey: 'unwrap',
  release: 'release',
};

/**
 * The actions of a request to a vault or a managed HSM, on `<host>/secrets/<name>` and the like, versions left out.
 * Throws `malformed_request` for one that has more than one reading or none.
 */
export function readKeyVault(request: AgentRequest, { service }: AzureEndpoint): readonly Action[] {
  readQuery(request);
  const { method, host } = request;
  // SDKs leave the version of a key out between two slashes, and write the scope / before a slash.
  const { segments } = readPath(
    request.path.replace(/^(\/keys\/[^/]+)\/\/(?=[a-z]+\/?$)/i, '$1/').replace(/^\/\/(?=providers\/)/i, '/'),
  );
  if (segments.some((segment) => segment.includes('%2F'))) {
    throw unreadable(`the path ${printable(request.path)} has an encoded slash; no name has one`);
  }
  const isHsm = service === 'managedhsm';
  const roles = isHsm ? readRoles(method, segments, host) : undefined;
  if (roles !== undefined) return roles;
  const found = (isHsm ? inHsm : inVault)(method, segments);
  if (found !== undefined) {
    const resource = found.resource === '' ? host : `${host}/${found.resource}`;
    return [{ name: found.action, resource, ...(found.flags.has('list') && { part: '' }) }];
  }
  const verb = Object.entries(cryptography).find(([name]) => name === segments.at(-1)?.toLowerCase())?.[1];
  const isKey = segments[0]?.toLowerCase() === 'keys' && (segments.length === 3 || segments.length === 4);
  if (method === 'POST' && isKey && verb !== undefined) {
    return [
      {
        name: `Microsoft.KeyVault/${isHsm ? 'managedHsm' : 'vaults'}/keys/${verb}/action`,
        resource: `${host}/keys/${segments[1]}`,
      },
    ];
  }
  throw unreadable(
    `${printable(`${method} ${request.path}`)} is no operation of Key Vault that is known; use one that it documents`,
  );
}

/** `{scope}/providers/Microsoft.Authorization/roleAssignments/{name}`: who may use the HSM's keys. */
function readRoles(method: string, segments: readonly string[], host: string): readonly Action[] | undefined {
  const at = segments.findIndex((segment) => segment.toLowerCase() === 'providers');
  const [namespace = '', type = '', ...names] = at === -1 ? [] : segments.slice(at + 1);
  const kind = { roleassignments: 'roleAssignments', roledefinitions: 'roleDefinitions' }[type.toLowerCase()];
  const verb = { GET: 'read', PUT: 'write', DELETE: 'delete' }[method];
  if (namespace.toLowerCase() !== 'microsoft.authorization' || kind === undefined || verb === undefined)
    return undefined;
  if (names.length > 1 || (names.length === 0 && verb !== 'read')) return undefined;
  return [
    {
      name: `Microsoft.KeyVault/managedHsm/${kind}/${verb}/action`,
      resource: [host, ...segments.slice(0, at)].join('/'),
    },
  ];
}
