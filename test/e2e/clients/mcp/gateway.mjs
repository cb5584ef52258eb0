// The same at a gateway, with an access key in PAI_ACCESS_KEY: with the SDK of generation 1 or 2, or over stdio when the
// URL is `stdio` and the words after the names are the command.
import * as new_ from '@modelcontextprotocol/client';
import { StdioClientTransport as NewStdio } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [generation, url, transport, tool, given, denied, command, ...args] = process.argv.slice(2);
const isNew = generation === '2';
const requestInit = { headers: { Authorization: `Bearer ${process.env.PAI_ACCESS_KEY}` } };

function makeTransport() {
  if (url === 'stdio') {
    const Stdio = isNew ? NewStdio : StdioClientTransport;
    return new Stdio({ command, args, env: process.env, stderr: 'inherit' });
  }
  const older = isNew ? new_.SSEClientTransport : SSEClientTransport;
  const newer = isNew ? new_.StreamableHTTPClientTransport : StreamableHTTPClientTransport;
  const Transport = transport === 'sse' ? older : newer;
  return new Transport(new URL(url), { requestInit });
}

const client = new (isNew ? new_.Client : Client)({ name: 'agent', version: '1.0.0' });
await client.connect(makeTransport());
const { tools } = await client.listTools();
console.log('tools', tools.map(({ name }) => name).sort());
const { content } = await client.callTool({ name: tool, arguments: JSON.parse(given) });
console.log('called', JSON.stringify(content));
await client.callTool({ name: denied, arguments: {} }).then(
  (answer) => console.log('denied', JSON.stringify(answer)),
  (error) => console.log('denied', error.message),
);
await client.close();
