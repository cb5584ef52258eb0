import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Ca } from '@pai/sidecar';
import { sendJson, startTlsService } from '../tls-service.ts';
import { createArm } from './arm.ts';
import { startAzurite } from './azurite.ts';
import { type Application, type Entra, startEntra } from './entra.ts';
import { createServiceBus } from './service-bus.ts';
import { createVault } from './vault.ts';

/** The tenants: that of the subscription, and another. */
export const tenants = [
  '72f988bf-86f1-41af-91ab-2d7cd011db47',
  'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
] as const;

const accounts = ['paidata', 'paiother'] as const;

/** What an Azure is to be. */
export interface AzureOptions {
  readonly ca: Ca;
  /** How long a token lives that is given out now, in seconds. */
  readonly seconds: () => number;
  readonly applications: readonly Application[];
  readonly withBlobs?: boolean;
  /** Milliseconds before the token endpoint answers. */
  readonly delay?: number;
}

/** Entra ID, Resource Manager, Key Vault, Service Bus and blobs, behind one port. */
export interface Azure {
  readonly port: number;
  readonly ca: Ca;
  readonly entra: Entra;
  /** `METHOD host/path` of what was not for Entra. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

interface Service {
  readonly host: RegExp;
  readonly audiences: readonly string[];
  /** The token must be of the first tenant. */
  readonly answer: (req: IncomingMessage, res: ServerResponse, host: string) => Promise<void> | void;
}

/** Starts it. */
export async function startAzure(options: AzureOptions): Promise<Azure> {
  const entra = await startEntra({ ...options, tenants });
  const azurite = options.withBlobs === true ? await startAzurite(options.ca, accounts) : undefined;
  const requests: string[] = [];
  const [home] = tenants;
  const vaultAudience = 'https://vault.azure.net';
  const services: Service[] = [
    {
      host: /^management\.azure\.com$/,
      audiences: ['https://management.azure.com', 'https://management.core.windows.net'],
      answer: createArm(home),
    },
    { host: /^[a-z0-9-]+\.vault\.azure\.net$/, audiences: [vaultAudience], answer: createVault() },
    {
      host: /^[a-z0-9-]+\.servicebus\.windows\.net$/,
      audiences: ['https://servicebus.azure.net'],
      answer: createServiceBus(),
    },
    {
      host: /^[a-z0-9]+\.blob\.core\.windows\.net$/,
      audiences: ['https://storage.azure.com'],
      answer: (req, res, host) => azurite?.answer(req, res, host),
    },
  ];
  const service = await startTlsService(options.ca, async (req, res, host) => {
    if (host === 'login.microsoftonline.com') return entra.answer(req, res);
    requests.push(`${req.method} ${host}${req.url}`);
    const found = services.find((each) => each.host.test(host));
    if (found === undefined) return sendJson(res, 404, { error: { code: 'NotFound', message: host } });
    const [, bearer = ''] = /^Bearer (.+)$/.exec(req.headers.authorization ?? '') ?? [];
    const claims = await entra.verify(bearer, found.audiences);
    if (claims?.['tid'] === home && !(req.url ?? '').includes('sig=')) return found.answer(req, res, host);
    const isVault = found.audiences.includes(vaultAudience);
    const resource = isVault ? `, resource="${vaultAudience}"` : ', error="invalid_token"';
    const challenge = `Bearer authorization="https://login.microsoftonline.com/${home}"${resource}`;
    req.resume();
    const code = bearer === '' ? 'Unauthorized' : 'InvalidAuthenticationToken';
    sendJson(
      res,
      401,
      { error: { code, message: 'The access token is invalid.' } },
      { 'www-authenticate': challenge },
    );
  });
  return {
    port: service.port,
    ca: options.ca,
    entra,
    requests,
    close: async () => {
      await service.close();
      await azurite?.close();
      await entra.close();
    },
  };
}
