// The same with the first SDK itself, which tells of notifications too.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const [url, transport, tool, given, denied] = process.argv.slice(2);
const Transport = transport === 'sse' ? SSEClientTransport : StreamableHTTPClientTransport;
const client = new Client({ name: 'agent', version: '1.0.0' });
let notified = 0;
client.setNotificationHandler(LoggingMessageNotificationSchema, () => {
  notified += 1;
});
await client.connect(new Transport(new URL(url)));
const { tools } = await client.listTools();
console.log('tools', tools.map(({ name }) => name).sort());
const { content } = await client.callTool({ name: tool, arguments: JSON.parse(given) });
console.log('called', JSON.stringify(content), notified, 'notifications');
await client.callTool({ name: denied, arguments: {} }).then(
  (answer) => console.log('denied', JSON.stringify(answer)),
  (error) => console.log('denied', error.message),
);
await client.close();
