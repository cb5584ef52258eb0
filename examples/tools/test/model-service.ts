import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A call that the model asks for: the name of a tool, and arguments. */
export type Call = readonly [name: string, given: object];

interface Asked {
  /** The tools that the model was given, by name. */
  readonly tools: ReadonlyMap<string, object>;
  /** The results that came back, in order. */
  readonly results: readonly string[];
}

/**
 * A model that does as the script says: at each turn it calls those tools, and after the last it says what the results
 * were. It speaks OpenAI's chat completions and Anthropic's messages, and refuses what those refuse.
 */
export async function startModel(script: readonly (readonly Call[])[]) {
  const turns: Asked[] = [];
  const server = http.createServer(async (request, response) => {
    const body = JSON.parse(await text(request));
    const api = apis[request.url ?? ''];
    const asked = api?.read(body);
    if (api === undefined || asked === undefined) {
      return response
        .writeHead(400, { 'content-type': 'application/json' })
        .end('{"error":{"message":"refused"}}');
    }
    const calls = script[turns.length] ?? [];
    turns.push(asked);
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify(api.answer(calls, asked.results.join(' | '))));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, turns };
}

// biome-ignore lint/suspicious/noExplicitAny: what comes is checked here
type Json = any;

interface Api {
  readonly read: (body: Json) => Asked | undefined;
  readonly answer: (calls: readonly Call[], said: string) => object;
}

const toolName = /^[a-zA-Z0-9_-]{1,64}$/;

function toolsOf(list: readonly { name: string; schema: Json }[]): ReadonlyMap<string, object> | undefined {
  const isTaken = list.every(({ name, schema }) => toolName.test(name) && schema?.type === 'object');
  const tools = new Map(list.map(({ name, schema }) => [name, schema]));
  return isTaken && tools.size === list.length ? tools : undefined;
}

const apis: Readonly<Record<string, Api>> = {
  '/chat/completions': {
    read: ({ tools = [], messages }) => {
      const known = toolsOf(
        tools.map((one: Json) => ({ name: one.function.name, schema: one.function.parameters })),
      );
      const open = new Set<string>();
      const results: string[] = [];
      for (const message of messages) {
        for (const call of message.tool_calls ?? []) open.add(call.id);
        if (message.role !== 'tool') continue;
        if (!open.delete(message.tool_call_id)) return undefined;
        results.push(message.content);
      }
      return known === undefined || open.size > 0 ? undefined : { tools: known, results };
    },
    answer: (calls, said) => {
      const tool_calls = calls.map(([name, given], i) => ({
        id: `call_${name}_${i}`,
        type: 'function',
        function: { name, arguments: JSON.stringify(given) },
      }));
      const message = calls.length > 0 ? { content: null, tool_calls } : { content: said };
      const finish_reason = calls.length > 0 ? 'tool_calls' : 'stop';
      return {
        id: 'c',
        object: 'chat.completion',
        choices: [{ index: 0, finish_reason, message: { role: 'assistant', ...message } }],
      };
    },
  },
  '/v1/messages': {
    read: ({ tools = [], messages }) => {
      const known = toolsOf(tools.map((one: Json) => ({ name: one.name, schema: one.input_schema })));
      let open = new Set<string>();
      const results: string[] = [];
      for (const { role, content } of messages) {
        const blocks = typeof content === 'string' ? [] : content;
        if (role === 'assistant')
          open = new Set(blocks.filter((one: Json) => one.type === 'tool_use').map((one: Json) => one.id));
        for (const block of blocks) {
          if (block.type !== 'tool_result') continue;
          if (!open.delete(block.tool_use_id)) return undefined;
          results.push(block.is_error ? `failed: ${block.content}` : block.content);
        }
      }
      return known === undefined || open.size > 0 ? undefined : { tools: known, results };
    },
    answer: (calls, said) => {
      const uses = calls.map(([name, input], i) => ({
        type: 'tool_use',
        id: `toolu_${name}_${i}`,
        name,
        input,
      }));
      const content = calls.length > 0 ? uses : [{ type: 'text', text: said }];
      const stop_reason = calls.length > 0 ? 'tool_use' : 'end_turn';
      return { id: 'm', type: 'message', role: 'assistant', model: 'm', content, stop_reason };
    },
  },
};
