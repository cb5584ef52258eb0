import { connectTools, resultText } from '@pai/provider-mcp/tools';
import OpenAI from 'openai';

/** An agent's loop with OpenAI's SDK: the model chooses from the tools of every attached MCP server until it has an answer. */
export async function runOpenAiAgent(prompt: string, signal?: AbortSignal): Promise<string> {
  const tools = await connectTools();
  const model = new OpenAI();
  const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: prompt }];
  try {
    for (let turn = 0; turn < 20; turn += 1) {
      const { choices } = await model.chat.completions.create(
        {
          model: 'gpt-5',
          messages,
          // Asked for at every turn, since servers change their lists.
          tools: tools.tools().map(({ name, description = '', inputSchema }) => ({
            type: 'function',
            function: { name, description, parameters: inputSchema },
          })),
        },
        { signal: signal ?? null },
      );
      const message = choices[0]?.message;
      if (message?.tool_calls === undefined) return message?.content ?? '';
      messages.push(message);
      const answers = message.tool_calls.map(async (call) => ({
        role: 'tool' as const,
        tool_call_id: call.id,
        content: call.type === 'function' ? await answerOf(call.function.name, call.function.arguments) : '',
      }));
      messages.push(...(await Promise.all(answers)));
    }
    throw new Error('the model did not come to an end');
  } finally {
    await tools.close();
  }

  /** What goes wrong is for the model to read, too. */
  async function answerOf(name: string, given: string): Promise<string> {
    try {
      return resultText(await tools.call(name, JSON.parse(given), signal === undefined ? {} : { signal }));
    } catch (thrown) {
      signal?.throwIfAborted();
      return `failed: ${(thrown as Error).message}`;
    }
  }
}

if (import.meta.main) process.stdout.write(`${await runOpenAiAgent(process.argv.slice(2).join(' '))}\n`);
