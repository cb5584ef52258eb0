// A client of the SDK over stdio, before mcp-remote, whose words are the arguments: the same.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const [tool, given, denied, ...args] = process.argv.slice(2);
const client = new Client({ name: 'agent', version: '1.0.0' });
const transport = new StdioClientTransport({
  command: process.execPath,
  args,
  env: process.env,
  stderr: 'inherit',
});
await client.connect(transport);
const { tools } = await client.listTools();
console.log('tools', tools.map(({ name }) => name).sort());
console.log(
  'called',
  JSON.stringify((await client.callTool({ name: tool, arguments: JSON.parse(given) })).content),
);
await client.callTool({ name: denied, arguments: {} }).then(
  (answer) => console.log('denied', JSON.stringify(answer)),
  (error) => console.log('denied', error.message),
);
await client.close();
