import {
  type AuthInjector,
  type Denial,
  defineProvider,
  deleteHeader,
  jsonResponse,
  type LocalResponse,
  PaiError,
  parseHostPattern,
  placeholderFor,
  type ScopeChecker,
  type Secret,
  splitTarget,
} from '@pai/core';
import { compileActionPattern, createScope, credentialFields, providerSpec } from '@pai/policy';
import { type Static, Type } from 'typebox';
import { hideToken, writeToken } from './bot-path.ts';
import { compileChatPattern } from './chat-pattern.ts';
import { createFilter, isFiltered, type Taking } from './filter.ts';
import { methodNames } from './methods.ts';
import { patternsOf } from './patterns.ts';
import { createRecentPaths } from './recent-paths.ts';
import { createResolver } from './resolve.ts';

const scopeSchema = Type.Object(
  {
    chats: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Chats the agent may reach: a number in quotes, or `@name` in any case, with `*` for any run of characters.',
      }),
    ),
    webhooks: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Hosts that `setWebhook` may send the bot’s updates to, `:port` where it is not 443. `*` is any run of characters.',
      }),
    ),
  },
  { additionalProperties: false, description: 'What the agent may reach.' },
);

/** Telegram's Bot API, with the bot's token, which stands in the path. */
export const telegram = defineProvider({
  apiVersion: 'v1',
  type: 'telegram',
  spec: providerSpec({
    type: 'telegram',
    auth: Type.Object(
      {
        type: Type.Literal('bot-token', { description: 'The token of a bot, as BotFather gives it.' }),
        ...credentialFields,
      },
      { additionalProperties: false, description: 'The credential.' },
    ),
    scope: scopeSchema,
  }),
  example: { type: 'telegram', auth: { type: 'bot-token', secretRef: 'telegram-bot' } },
  patterns: patternsOf,
  actionNames: () => methodNames,
  create: (spec, context) => {
    const { agentEnvVar = 'TELEGRAM_BOT_TOKEN', secretKey = 'token' } = spec.auth;
    const { chats, webhooks } = spec.scope ?? {};
    const scope = scopeOf(spec.scope);
    const files = createRecentPaths();
    const isEnforced = chats !== undefined && spec.audit?.enforcement !== 'audit';
    const taking: Taking = {
      isInside: isEnforced
        ? (chat) => scope({ name: 'getUpdates', resource: chat }) === undefined
        : undefined,
      onFile: chats === undefined ? undefined : files.add,
    };
    return {
      hosts: [parseHostPattern(spec.host ?? 'api.telegram.org')],
      placeholders: { env: { [agentEnvVar]: placeholderToken(context.name) } },
      credentialSlots: { headers: ['authorization', 'cookie'], path: hideToken },
      resolve: createResolver({
        hasChats: chats !== undefined,
        hasWebhooks: webhooks !== undefined,
        isKnownFile: files.has,
      }),
      scope,
      inject: createInjector(context.secrets.read(secretKey), taking),
      filter: createFilter(taking),
      deny,
    };
  },
});

function scopeOf(lists: Static<typeof scopeSchema> | undefined): ScopeChecker {
  const inChats = createScope('scope.chats', lists?.chats, compileChatPattern);
  const inWebhooks = createScope('scope.webhooks', lists?.webhooks, compileHost);
  return (action) => (action.name === 'setWebhook' ? inWebhooks(action) : undefined) ?? inChats(action);
}

const compileHost = (pattern: string) => compileActionPattern(pattern, { isCaseSensitive: false });

/** Digits, a colon and 35 characters, as SDKs want it, wherever the name of the Provider is short enough. */
function placeholderToken(provider: string): string {
  return `1234567890:${`_${placeholderFor(provider)}`.padStart(35, 'A')}`;
}

/** An answer that is read must come uncompressed. What is no token could lead to another path than was judged. */
function createInjector(token: Secret, taking: Taking): AuthInjector {
  return (request) => {
    if (isFiltered(splitTarget(request.target).path, taking))
      deleteHeader(request.headers, 'accept-encoding');
    const text = token.reveal();
    // Where nothing will be sent, a secret is its own name.
    if (text !== String(token) && !/^\d+:[\w-]+$/.test(text)) {
      throw new PaiError(
        'credential_unavailable',
        `secret ${token.name} is no bot token; store it as BotFather gives it, DIGITS:LETTERS`,
      );
    }
    request.target = writeToken(request.target, text);
  };
}

/** https://core.telegram.org/bots/api#making-requests. */
function deny({ status, message }: Denial): LocalResponse {
  return jsonResponse(status, { ok: false, error_code: status, description: message });
}
