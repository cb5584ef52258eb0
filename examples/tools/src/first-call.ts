import { connectTools, resultText } from '@pai/provider-mcp/tools';

const tools = await connectTools();
for (const { name, description } of tools.tools()) process.stdout.write(`${name}: ${description}\n`);
const result = await tools.call('everything__echo', { message: 'hello' });
process.stdout.write(`${resultText(result)}\n`);
await tools.close();
