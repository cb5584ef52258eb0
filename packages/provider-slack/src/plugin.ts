import {
  type CredentialSlots,
  defineProvider,
  isPaiError,
  placeholderFor,
  type Secret,
  type SecretReader,
} from '@pai/core';
import { credentialFields, providerSpec } from '@pai/policy';
import { Type } from 'typebox';
import { deny } from './denial.ts';
import { createDirectory } from './directory.ts';
import { emptyWebhook, pseudoActions, withoutTicket } from './door.ts';
import { hostsOf, lookupHost } from './hosts.ts';
import { createInjector, readWebhook } from './inject.ts';
import { knownMethods } from './methods.ts';
import { createResolver } from './resolve.ts';
import { createChannelScope } from './scope.ts';
import { readTokens } from './tokens.ts';
import { createCall } from './web-api.ts';
import { createWorkspaces } from './workspace.ts';

/** Slack: the Web API, files, Socket Mode and webhooks, with the tokens of an app. */
export const slack = defineProvider({
  apiVersion: 'v1',
  type: 'slack',
  spec: providerSpec({
    type: 'slack',
    auth: Type.Object(
      {
        type: Type.Literal('bot-token', {
          description:
            'A bot token (xoxb-). The Secret may also hold an app-level token (xapp-) as app_token, and the URL of an incoming webhook as webhook_url.',
        }),
        ...credentialFields,
      },
      { additionalProperties: false, description: 'The credential.' },
    ),
    scope: Type.Object(
      {
        channels: Type.Optional(
          Type.Array(Type.String(), {
            description:
              'Channels the agent may reach: ids such as `C0123ABCD`, names such as `#general`, `*` for any run in either.',
          }),
        ),
      },
      { additionalProperties: false, description: 'What the agent may reach.' },
    ),
  }),
  example: { type: 'slack', auth: { type: 'bot-token', secretRef: 'slack-bot' } },
  hasCaseSensitiveActions: true,
  actionNames: () => [...knownMethods.keys(), ...Object.values(pseudoActions)],
  create: (spec, context) => {
    const bot = context.secrets.read(spec.auth.secretKey ?? 'token');
    const app = readOptional(context.secrets, 'app_token');
    const webhook = readOptional(context.secrets, 'webhook_url');
    if (webhook !== undefined) concealPath(webhook, context.secrets);
    const call = createCall(bot, context);
    const scope = createChannelScope(spec.scope?.channels);
    const directory = createDirectory(call, context);
    const hosts = hostsOf(spec.host);
    const workspace = hosts.length === 1 ? undefined : createWorkspaces(call, context);
    const placeholder = placeholderFor(context.name);
    return {
      hosts,
      placeholders: {
        env: {
          [spec.auth.agentEnvVar ?? 'SLACK_BOT_TOKEN']: `xoxb-${placeholder}`,
          SLACK_APP_TOKEN: `xapp-${placeholder}`,
          SLACK_WEBHOOK_URL: `https://hooks.slack.com/services/T00000000/B00000000/${placeholder}`,
        },
      },
      credentialSlots,
      upgrades: ['websocket'],
      resolve: createResolver(scope, (request) => directory(lookupHost(request, hosts))),
      scope: scope.check,
      inject: createInjector({ bot, app, webhook, workspace }),
      deny,
    };
  },
});

const credentialSlots: CredentialSlots = {
  headers: ['authorization', 'cookie'],
  query: ['token'],
  path: emptyWebhook,
  shownPath: withoutTicket,
  content: readTokens,
};

function readOptional(secrets: SecretReader, key: string): Secret | undefined {
  try {
    return secrets.read(key);
  } catch (thrown) {
    if (isPaiError(thrown) && thrown.code === 'secret_missing') return undefined;
    throw thrown;
  }
}

/** So that an answer that repeats only the path is masked too. What is no webhook is told when it is used. */
function concealPath(webhook: Secret, secrets: SecretReader): void {
  try {
    secrets.derive(`${webhook.name} path`, readWebhook(webhook).path);
  } catch (thrown) {
    if (!isPaiError(thrown) || thrown.code !== 'secret_invalid') throw thrown;
  }
}
