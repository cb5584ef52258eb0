import { expect, onTestFinished, test, vi } from 'vitest';
import { type ConnectOptions, connectTools, type ToolServer } from '../../src/tools/connect-tools.ts';
import { type Path, startServer } from './server.ts';

async function connect(servers: readonly ToolServer[], options?: ConnectOptions) {
  const tools = await connectTools(servers, options);
  onTestFinished(() => tools.close());
  const names = () => tools.tools().map(({ name }) => name);
  return { ...tools, names };
}

const paths: readonly (readonly [string, Path, 'http' | 'sse'])[] = [
  ['Streamable HTTP of the first SDK', '/mcp', 'http'],
  ['the older transport', '/sse', 'sse'],
  ['a server of revision 2026-07-28', '/new', 'http'],
];
const eventually = { interval: 20 };

test.each(paths)(
  '%s: lists, calls at once, follows changes and leaves nothing open',
  async (_, path, transport) => {
    const server = await startServer('add', 'fails');
    const tools = await connect([{ name: 'one', url: server.url(path), transport }], { patience: 5_000 });
    expect(tools.tools()).toMatchObject([
      {
        name: 'one__add',
        provider: 'one',
        tool: 'add',
        description: 'add',
        inputSchema: { type: 'object', properties: { id: { type: 'number' } } },
      },
      { name: 'one__fails' },
    ]);
    const answers = await Promise.all([...Array(20).keys()].map((id) => tools.call('one__add', { id })));
    expect(answers.map(({ content }) => content)).toEqual(
      [...Array(20).keys()].map((id) => [{ type: 'text', text: `add ${id}` }]),
    );
    expect(await tools.call('one__fails')).toMatchObject({ isError: true });
    await expect(tools.call('one__gone')).rejects.toMatchObject({ code: 'resource_missing' });

    const seen = vi.fn();
    tools.onChange(seen);
    server.setTools('add', 'fails', 'later');
    await vi.waitFor(
      () => expect(tools.names()).toEqual(['one__add', 'one__fails', 'one__later']),
      eventually,
    );
    expect(seen).toHaveBeenCalledTimes(1);

    await tools.close();
    await expect(tools.call('one__add')).rejects.toThrow('closed');
    await vi.waitFor(async () => expect(server.sessions()).toBe(0), eventually);
    const { length } = server.asked;
    server.setTools('add');
    expect(server.asked).toHaveLength(length);
  },
);

test.each(paths)('%s: a call that is cancelled ends at the server too', async (_, path, transport) => {
  const server = await startServer('slow');
  const tools = await connect([{ name: 'one', url: server.url(path), transport }]);
  const abort = new AbortController();
  const call = tools.call('one__slow', {}, { signal: abort.signal });
  await vi.waitFor(() => expect(server.calls.running).toBe(1), eventually);
  abort.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
  await vi.waitFor(() => expect(server.calls.cancelled).toBe(1), eventually);
  await expect(tools.call('one__slow', {}, { timeout: 50 })).rejects.toThrow(/timed? ?out/i);
  await expect(
    tools.call('one__slow', {}, { signal: AbortSignal.abort(new Error('never')) }),
  ).rejects.toThrow('never');
});

test.each(paths)(
  '%s: a server that was away is used again, with the tools that it has then',
  async (_, path, transport) => {
    const server = await startServer('add');
    const tools = await connect([{ name: 'one', url: server.url(path), transport }]);
    const start = await server.stop();
    await expect(tools.call('one__add', {}, { timeout: 2_000 })).rejects.toThrow();
    expect(tools.names()).toEqual(['one__add']);
    server.setTools('add', 'later');
    await start();
    await vi.waitFor(
      async () =>
        expect(await tools.call('one__add', { id: 1 })).toMatchObject({ content: [{ text: 'add 1' }] }),
      eventually,
    );
    await vi.waitFor(() => expect(tools.names()).toEqual(['one__add', 'one__later']), eventually);
    server.setTools('add', 'later', 'last');
    await vi.waitFor(() => expect(tools.names()).toContain('one__last'), eventually);
    await vi.waitFor(
      () => expect(tools.servers()).toEqual([{ name: 'one', problem: undefined }]),
      eventually,
    );
  },
);

test('a session that the server has forgotten is opened anew, for every call once', async () => {
  const server = await startServer('add');
  const tools = await connect([{ name: 'one', url: server.url('/mcp') }]);
  server.forgetSessions();
  const answers = await Promise.all([1, 2, 3].map((id) => tools.call('one__add', { id })));
  expect(answers).toHaveLength(3);
  expect(server.calls.done).toBe(3);
  expect(server.sessions()).toBe(1);
});

test('a server that is down, slow or no MCP server leaves the others, and joins when it is there', async () => {
  const server = await startServer('add');
  const late = await startServer('more');
  const start = await late.stop();
  const began = performance.now();
  const tools = await connect(
    [
      { name: 'late', url: late.url('/new') },
      { name: 'never', url: server.url('/never') },
      { name: 'one', url: server.url('/mcp') },
    ],
    { patience: 400 },
  );
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(tools.names()).toEqual(['one__add']);
  expect(tools.servers()).toEqual([
    { name: 'late', problem: expect.stringMatching(/./) },
    { name: 'never', problem: 'not connected yet' },
    { name: 'one', problem: undefined },
  ]);
  await expect(tools.call('late__more')).rejects.toMatchObject({ code: 'resource_missing' });
  const seen = vi.fn();
  tools.onChange(seen);
  await start();
  await vi.waitFor(() => expect(tools.names()).toEqual(['late__more', 'one__add']), eventually);
  expect(seen).toHaveBeenCalledWith(tools.tools());
});

test('ends with its signal, also while it connects', async () => {
  const server = await startServer('add');
  const abort = new AbortController();
  const waiting = connectTools([{ name: 'never', url: server.url('/never') }], { signal: abort.signal });
  await vi.waitFor(() => expect(server.asked.length).toBeGreaterThan(0), eventually);
  abort.abort(new Error('stop'));
  await expect(waiting).rejects.toThrow('stop');
  await vi.waitFor(async () => expect(await server.connections()).toBe(0), eventually);
});

test('asks again when it is told to, for a policy that changed in front of the server', async () => {
  const server = await startServer('add');
  const tools = await connect([{ name: 'one', url: server.url('/new') }]);
  const { length } = server.asked;
  await Promise.all([tools.refresh(), tools.refresh()]);
  expect(server.asked.length).toBeGreaterThan(length);
});
