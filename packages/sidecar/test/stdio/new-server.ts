import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { z } from 'zod';

serveStdio(() => {
  const server = new McpServer({ name: 'new', version: '2.0.0' });
  for (const name of ['list_issues', 'delete_issue']) {
    server.registerTool(
      name,
      { description: name, inputSchema: z.object({ id: z.number().optional() }) },
      ({ id }) => ({ content: [{ type: 'text', text: `${name} ${id} of ${process.pid}` }] }),
    );
  }
  return server;
});
