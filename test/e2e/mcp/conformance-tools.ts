import { setTimeout as wait } from 'node:timers/promises';
import {
  CreateMessageResultSchema,
  type ElicitRequestFormParams,
  ElicitResultSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Extra } from './conformance-server.ts';

/** A red pixel, and a sound of no length. */
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg==';
const wav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';

/** An image, for prompts and tools. */
export const image = { type: 'image', data: png, mimeType: 'image/png' };

/** Content that is text. */
export const text = (content: string) => ({ type: 'text', text: content });

/** Content that is a resource. */
export const resource = (uri: string, mimeType: string, content: string) => ({
  type: 'resource',
  resource: { uri, mimeType, text: content },
});

type Run = (given: Readonly<Record<string, unknown>>, extra: Extra) => Promise<object[]> | object[];

/** The tools that the suite calls, by name: what its scenarios ask of a server. */
export const tools: Readonly<Record<string, Run>> = {
  test_simple_text: () => [text('This is a simple text response for testing.')],
  test_image_content: () => [image],
  test_audio_content: () => [{ type: 'audio', data: wav, mimeType: 'audio/wav' }],
  test_embedded_resource: () => [
    resource('test://embedded-resource', 'text/plain', 'This is an embedded resource content.'),
  ],
  test_multiple_content_types: () => [
    text('Multiple content types test:'),
    image,
    resource('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
  ],
  test_tool_with_logging: async (_, extra) => {
    for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
      await extra.sendNotification({ method: 'notifications/message', params: { level: 'info', data } });
      await wait(50);
    }
    return [text('done')];
  },
  test_error_handling: () => {
    throw new Error('This tool intentionally returns an error for testing');
  },
  test_tool_with_progress: async (_, extra) => {
    const progressToken = extra._meta?.progressToken ?? 0;
    for (const progress of [0, 50, 100]) {
      const params = { progressToken, progress, total: 100 };
      await extra.sendNotification({ method: 'notifications/progress', params });
      await wait(50);
    }
    return [text('done')];
  },
  test_sampling: async ({ prompt }, extra) => {
    const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: String(prompt) } }];
    const params = { messages, maxTokens: 100 };
    const { content } = await extra.sendRequest(
      { method: 'sampling/createMessage', params },
      CreateMessageResultSchema,
    );
    return [text(`LLM response: ${'text' in content ? content.text : ''}`)];
  },
  test_elicitation: async ({ message }, extra) => {
    const asked = (description: string) => ({ type: 'string' as const, description });
    const properties = { username: asked('User’s response'), email: asked('User’s email address') };
    return elicit(extra, 'User response', String(message), properties, ['username', 'email']);
  },
  test_elicitation_sep1034_defaults: (_, extra) =>
    elicit(extra, 'Elicitation completed', 'Who are you?', {
      name: { type: 'string', default: 'John Doe' },
      age: { type: 'integer', default: 30 },
      score: { type: 'number', default: 95.5 },
      status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
      verified: { type: 'boolean', default: true },
    }),
  test_elicitation_sep1330_enums: (_, extra) =>
    elicit(extra, 'Elicitation completed', 'Which ones?', {
      untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
      titledSingle: { type: 'string', oneOf: titled('value', 'Option') },
      legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['One', 'Two', 'Three'] },
      untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
      titledMulti: { type: 'array', items: { anyOf: titled('value', 'Choice') } },
    }),
  test_reconnection: async (_, extra) => {
    extra.closeSSEStream?.();
    await wait(100);
    return [text('done')];
  },
  json_schema_2020_12_tool: () => [text('done')],
};

/** The input of a tool that takes text, or anything. */
export function inputOf(name: string): object {
  if (name !== 'json_schema_2020_12_tool') return { type: 'object', properties: {} };
  const address = { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: { address },
    properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
    additionalProperties: false,
  };
}

function titled(value: string, title: string): { const: string; title: string }[] {
  return [1, 2, 3].map((i) => ({ const: `${value}${i}`, title: `${title} ${i}` }));
}

type Properties = ElicitRequestFormParams['requestedSchema']['properties'];

async function elicit(
  extra: Extra,
  answer: string,
  message: string,
  properties: Properties,
  required: string[] = [],
): Promise<object[]> {
  const params = { message, requestedSchema: { type: 'object' as const, properties, required } };
  const { action, content } = await extra.sendRequest(
    { method: 'elicitation/create', params },
    ElicitResultSchema,
  );
  return [text(`${answer}: action=${action}, content=${JSON.stringify(content)}`)];
}
