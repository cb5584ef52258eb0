// The same with LangChain's adapter, which is laid in the directory that the first argument names.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [place, url, transport, tool, given, denied] = process.argv.slice(2);
const path = createRequire(`${place}/x.cjs`).resolve('@langchain/mcp-adapters');
const { MultiServerMCPClient } = await import(pathToFileURL(path).href);
const client = new MultiServerMCPClient({
  mcpServers: { one: { transport, url } },
  onConnectionError: 'throw',
});
const tools = await client.getTools();
console.log('tools', tools.map(({ name }) => name).sort());
const result = await tools.find(({ name }) => name === tool).invoke(JSON.parse(given));
console.log('called', JSON.stringify(result));
// It has no tool that is not listed; the SDK under it has the call.
const session = await client.getClient('one');
await session.callTool({ name: denied, arguments: {} }).then(
  (answer) => console.log('denied', JSON.stringify(answer)),
  (error) => console.log('denied', error.message),
);
await client.close();
