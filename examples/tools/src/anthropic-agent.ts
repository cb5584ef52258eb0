import Anthropic from '@anthropic-ai/sdk';
import { connectTools, resultText } from '@pai/provider-mcp/tools';

/** An agent's loop with Anthropic's SDK: the model chooses from the tools of every attached MCP server until it has an answer. */
export async function runAnthropicAgent(prompt: string, signal?: AbortSignal): Promise<string> {
  const tools = await connectTools();
  const model = new Anthropic();
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: prompt }];
  try {
    for (let turn = 0; turn < 20; turn += 1) {
      const { content, stop_reason } = await model.messages.create(
        {
          model: 'claude-sonnet-5',
          max_tokens: 4_096,
          messages,
          // Asked for at every turn, since servers change their lists.
          tools: tools.tools().map(({ name, description = '', inputSchema }) => ({
            name,
            description,
            input_schema: inputSchema,
          })),
        },
        { signal: signal ?? null },
      );
      if (stop_reason !== 'tool_use') {
        return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
      }
      messages.push({ role: 'assistant', content });
      const calls = content.filter((block) => block.type === 'tool_use');
      messages.push({ role: 'user', content: await Promise.all(calls.map(answerTo)) });
    }
    throw new Error('the model did not come to an end');
  } finally {
    await tools.close();
  }

  /** What goes wrong is for the model to read, too. */
  async function answerTo(call: Anthropic.ToolUseBlock): Promise<Anthropic.ToolResultBlockParam> {
    const answer = { type: 'tool_result', tool_use_id: call.id } as const;
    try {
      const given = call.input as Record<string, unknown>;
      const result = await tools.call(call.name, given, signal === undefined ? {} : { signal });
      return { ...answer, content: resultText(result), is_error: result.isError === true };
    } catch (thrown) {
      signal?.throwIfAborted();
      return { ...answer, content: (thrown as Error).message, is_error: true };
    }
  }
}

if (import.meta.main) process.stdout.write(`${await runAnthropicAgent(process.argv.slice(2).join(' '))}\n`);
