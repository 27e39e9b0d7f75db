import { randomUUID } from 'node:crypto';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { McpService, Operation, OperationError } from '#libs/kit';
import { services } from '#libs/services';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

/** Calls that run until they are told to end. */
const held: (() => void)[] = [];

@McpService({ name: 'shelf', version: '1.0.0', description: 'Books on a shelf', location: 'server' })
class ShelfService {
  @Operation({
    name: 'list-books',
    description: 'Lists the books on the shelf. It can list very many of them.',
    input: z.object({ count: z.int().min(0).default(1) }),
    output: z.object({ books: z.array(z.object({ id: z.int(), title: z.string() })) }),
    permission: 'read',
  })
  listBooks({ count }: { count: number }) {
    return { books: Array.from({ length: count }, (_, id) => ({ id, title: `Book number ${id}` })) };
  }

  @Operation({
    name: 'burn-book',
    description: 'Burns a book on the shelf.',
    input: z.object({ id: z.int(), all: z.boolean().optional() }),
    output: z.object({ burnt: z.int() }),
    permission: 'write',
    argumentPermission: ({ all }) => (all ? 'admin' : undefined),
  })
  burnBook({ id }: { id: number }) {
    if (id < 0) throw new OperationError('failed', 'This book does not burn');
    return { burnt: id };
  }

  @Operation({
    name: 'hold-book',
    description: 'Holds a book from the shelf.',
    input: z.object({}),
    output: z.object({}),
    permission: 'read',
  })
  holdBook() {
    return new Promise<Record<string, never>>((resolve) => held.push(() => resolve({})));
  }
}

@Module({ providers: [ShelfService] })
class ShelfModule {}

const admin = { 'x-mcp-key': ADMIN_KEY };
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ services: [...services, ShelfModule] });
});
afterAll(() => gateway.close());

async function key(permissions: string[], limits: object = {}): Promise<Record<string, string>> {
  const { body } = await gateway.post('/admin/api-keys', { name: randomUUID(), permissions, limits }, admin);
  return { 'x-mcp-key': (body as { key: string }).key };
}

/** A session of the MCP door, for a caller. */
async function session(headers: Record<string, string>, query = ''): Promise<Record<string, string>> {
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const opened = await gateway.post(
    `/mcp${query}`,
    { jsonrpc: '2.0', id: 0, method: 'initialize', params: hello },
    { ...headers, accept: 'application/json, text/event-stream' },
  );
  return { ...headers, accept: 'application/json', 'mcp-session-id': String(opened.headers['mcp-session-id']) };
}

type Call = (tool: string, input: object, headers: Record<string, string>) => Promise<any>;
const body = (name: string, input: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: input },
});
const doors: Record<string, Call> = {
  'tools/call of JSON-RPC': async (tool, input, headers) =>
    (await gateway.post('/mcp/rpc', body(tool, input), headers)).body,
  '/mcp with a session': async (tool, input, headers) =>
    (await gateway.post('/mcp', body(tool, input), await session(headers))).body,
  '/mcp of 2026-07-28': async (tool, input, headers) => {
    const call = body(tool, input);
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const named = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': tool };
    const answer = await gateway.post(
      '/mcp',
      { ...call, params: { ...call.params, _meta } },
      { ...headers, ...named, accept: 'application/json' },
    );
    const { resultType: _, ...result } = ((answer.body as any).result ?? {}) as Record<string, unknown>;
    return { ...(answer.body as object), result };
  },
};

const search = async (query: string, headers = admin as Record<string, string>, limit?: number) =>
  (await doors['tools/call of JSON-RPC']!('search_tools', { query, ...(limit && { limit }) }, headers)).result
    .structuredContent as { tools: { name: string }[]; total: number };
const names = ({ tools }: { tools: { name: string }[] }) => tools.map(({ name }) => name);

describe.each(Object.entries(doors))('through %s', (_door, call) => {
  it('finds a tool, describes it and calls it', async () => {
    const found = await call('search_tools', { query: 'list the books on the shelf', limit: 2 }, admin);
    expect(found.result.structuredContent).toEqual({
      tools: [
        {
          name: 'shelf_list_books',
          service: 'shelf',
          description: 'Lists the books on the shelf.',
          score: expect.any(Number),
        },
        expect.objectContaining({ service: 'shelf' }),
      ],
      total: expect.any(Number),
    });
    const described = await call('describe_tool', { name: 'shelf_list_books' }, admin);
    expect(described.result.structuredContent).toEqual({
      name: 'shelf_list_books',
      description: 'Lists the books on the shelf. It can list very many of them.',
      inputSchema: {
        type: 'object',
        properties: { count: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 1 } },
        additionalProperties: false,
      },
      outputSchema: expect.objectContaining({ type: 'object', required: ['books'] }),
      annotations: {},
      service: 'shelf',
      permission: 'read',
      slash: '/mcp-shelf list-books',
    });
    const called = await call('call_tool', { name: 'shelf_list_books', arguments: { count: 2 } }, admin);
    expect(called.result).toEqual((await call('shelf_list_books', { count: 2 }, admin)).result);
    expect(called.result.structuredContent.books).toHaveLength(2);
  });

  it('refuses what the tool itself would refuse, in the same words', async () => {
    const reader = await key(['read']);
    const writer = await key(['write', 'read']);
    const same = async (tool: string, input: object, headers: Record<string, string>) => {
      const direct = await call(tool, input, headers);
      const passed = await call('call_tool', { name: tool, arguments: input }, headers);
      const text = (answer: unknown) => JSON.stringify(answer).replaceAll(/"requestId":"[^"]*"/g, '');
      expect(text(passed)).toBe(text(direct));
      return direct;
    };
    expect((await same('shelf_burn_book', { id: 1 }, reader)).error).toMatchObject({
      code: -32011,
      data: { permission: 'write' },
    });
    expect((await same('shelf_burn_book', { id: 1, all: true }, writer)).error).toMatchObject({
      code: -32011,
      data: { permission: 'admin' },
    });
    expect((await same('shelf_burn_book', { id: 'x', more: 1 }, writer)).result).toMatchObject({ isError: true });
    expect((await same('shelf_burn_book', { id: -1 }, writer)).result.content[0].text).toContain('does not burn');
  });
});

describe('a search', () => {
  it('finds and counts only what its caller may use', async () => {
    const everything = await search('book shelf');
    const readable = await search('book shelf', await key(['read']));
    expect(names(everything)).toContain('shelf_burn_book');
    expect(names(readable)).not.toContain('shelf_burn_book');
    expect(readable.total).toBeLessThan(everything.total);
    expect(await search('books', await key(['gateway:read']))).toEqual({ tools: [], total: 0 });
  });

  it('gives as many as were asked for, and says how many fit', async () => {
    const { tools, total } = await search('list', admin, 3);
    expect(tools).toHaveLength(3);
    expect(total).toBeGreaterThan(3);
  });

  it('finds nothing by words that say nothing', async () => {
    expect(await search('?? the')).toEqual({ tools: [], total: 0 });
  });

  it('finds every tool first by its own name', async () => {
    const { body } = await gateway.get('/api/tools', admin);
    const tools = (body as { tools: { name: string }[] }).tools.map(({ name }) => name);
    const first = await Promise.all(tools.map(async (name) => names(await search(name))[0]));
    expect(first).toEqual(tools);
  });

  it.each([
    ['no query', {}],
    ['an empty query', { query: '  ' }],
    ['a query that is too long', { query: 'x'.repeat(501) }],
    ['no results', { query: 'x', limit: 0 }],
    ['too many results', { query: 'x', limit: 51 }],
  ])('refuses %s', async (_case, input) => {
    expect(await gateway.post('/api/services/gateway/search_tools', input, admin)).toMatchObject({ status: 400 });
  });
});

describe('a description', () => {
  it('is unknown for what is not there and for what its caller may not use, with near names that it may', async () => {
    const reader = await key(['read']);
    const describing = (name: string) => gateway.post('/api/services/gateway/describe_tool', { name }, reader);
    const detailsOf = ({ status, body }: Answer) => ({ status, ...(body as any).error });
    expect(detailsOf(await describing('shelf_list_book'))).toMatchObject({
      status: 404,
      kind: 'unknown',
      details: { didYouMean: ['shelf_list_books', 'shelf_hold_book'] },
    });
    const hidden = detailsOf(await describing('shelf_burn_book'));
    expect(hidden).toMatchObject({
      status: 404,
      kind: 'unknown',
      message: expect.stringMatching(/^There is no tool "shelf_burn_book"/) as string,
    });
    expect(hidden.details.didYouMean).not.toContain('shelf_burn_book');
  });

  it('is found by a name with - for _', async () => {
    const answer = await gateway.post('/api/services/gateway/describe_tool', { name: 'read-result' }, admin);
    expect(answer).toMatchObject({ status: 200, body: { data: { name: 'read_result' } } });
  });
});

describe('a call that is passed on', () => {
  const pass = (input: object, headers: Record<string, string>, id = randomUUID()) =>
    gateway.post('/api/services/gateway/call_tool', input, { ...headers, 'x-request-id': id });
  const linesOf = async (id: string) =>
    ((await gateway.get(`/admin/audit?requestId=${id}`, admin)).body as { items: any[] }).items;

  it.each([
    ['succeeds', { id: 3 }, ['read', 'write'], { outcome: 'ok' }],
    ['fails', { id: -1 }, ['read', 'write'], { outcome: 'error', errorKind: 'failed' }],
    ['is refused', { id: 3 }, ['read'], { outcome: 'denied', errorKind: 'forbidden' }],
    ['has bad arguments', { id: 'x' }, ['write'], { outcome: 'error', errorKind: 'invalid' }],
  ])('leaves one line, of the tool, when it %s', async (_how, input, permissions, line) => {
    const id = randomUUID();
    await pass({ name: 'shelf_burn_book', arguments: input }, await key(permissions), id);
    expect(await linesOf(id)).toEqual([
      expect.objectContaining({ service: 'shelf', operation: 'burn-book', arguments: input, door: 'rest', ...line }),
    ]);
  });

  it.each([
    ['names no tool', {}, 'invalid'],
    ['names a tool that is not there', { name: 'shelf_list_book' }, 'unknown'],
    ['has arguments that are no object', { name: 'shelf_list_books', arguments: [] }, 'invalid'],
    ['has members that nobody knows', { name: 'shelf_list_books', count: 2 }, 'invalid'],
    ['would be passed on again', { name: 'call_tool', arguments: { name: 'gateway_echo' } }, 'invalid'],
  ])('is refused and leaves one line where it %s', async (_how, input, errorKind) => {
    const id = randomUUID();
    expect(await pass(input, admin, id)).toMatchObject({ body: { status: 'error', error: { kind: errorKind } } });
    expect(await linesOf(id)).toEqual([
      expect.objectContaining({ service: 'gateway', operation: 'call_tool', outcome: 'error', errorKind }),
    ]);
  });

  it('needs what the tool needs, and nothing else', async () => {
    const writer = await key(['write']);
    const call = { name: 'shelf_burn_book', arguments: { id: 5 } };
    expect(await pass(call, writer)).toMatchObject({ status: 200, body: { data: { burnt: 5 } } });
    const named = await key(['gateway.call_tool']);
    expect(await pass(call, named)).toMatchObject({
      status: 403,
      body: { error: { details: { permission: 'write' } } },
    });
  });

  it('takes from its caller’s budget once', async () => {
    const caller = await key(['read'], { perMinute: 3 });
    const left = (answer: Answer) => Number(/r=(\d+)/.exec(String(answer.headers.ratelimit))?.[1]);
    const call = () => pass({ name: 'shelf_list_books' }, caller);
    expect([left(await call()), left(await call()), left(await call())]).toEqual([2, 1, 0]);
    expect(await call()).toMatchObject({ status: 429, body: { error: { kind: 'limited' } } });
  });

  it('holds one place of its caller', async () => {
    const caller = await key(['read'], { concurrency: 2 });
    const running = pass({ name: 'shelf_hold_book' }, caller);
    await expect.poll(() => held.length).toBe(1);
    const { body } = await gateway.post('/api/services/gateway/whoami', {}, caller);
    const { limits } = (body as { data: { limits: object[] } }).data;
    // one is the question's own
    expect(limits).toContainEqual({ name: 'concurrency', limit: 2, remaining: 0, resetMs: 0 });
    held.pop()!();
    expect(await running).toMatchObject({ status: 200, body: { data: {} } });
  });

  it('is counted once, as the tool', async () => {
    const counted = async () => {
      const { text } = await gateway.get('/metrics/prometheus', admin);
      const value = (operation: string) =>
        Number(
          new RegExp(`mcp_operation_total\\{.*operation="${operation}",outcome="ok",door="rpc"\\} (\\d+)`).exec(
            text,
          )?.[1] ?? 0,
        );
      return { tool: value('list-books'), wrapper: value('call_tool') };
    };
    const before = await counted();
    await doors['tools/call of JSON-RPC']!('call_tool', { name: 'shelf_list_books' }, admin);
    expect(await counted()).toEqual({ tool: before.tool + 1, wrapper: 0 });
  });

  it('keeps what does not fit into its answer, as the tool’s', async () => {
    const { body } = await pass({ name: 'shelf_list_books', arguments: { count: 5_000 } }, admin);
    const { data, metadata } = body as { data: { books: object[] }; metadata: { truncated: any } };
    expect(metadata.truncated).toMatchObject({ shown: data.books.length, total: 5_000, unit: 'items' });
    const { resultId: id, shown: offset } = metadata.truncated;
    const rest = await pass({ name: 'read_result', arguments: { id, offset, limit: 1 } }, admin);
    expect(rest.body).toMatchObject({
      data: { operation: 'shelf.list-books', items: [{ id: offset, title: `Book number ${offset}` }] },
    });
  });
});

describe('?tools=search', () => {
  const only = ['read_result', 'search_tools', 'describe_tool', 'call_tool'];
  const clientInfo = { name: 'test', version: '1' };
  const eras = { '2026-07-28': { mode: { pin: '2026-07-28' } }, sessions: { mode: 'legacy' } } as const;
  async function connect(era: keyof typeof eras, query: string, headers: Record<string, string>) {
    const client = new Client(clientInfo, { versionNegotiation: eras[era] });
    const url = new URL(`/mcp${query}`, gateway.url);
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    return client;
  }

  describe.each(Object.keys(eras) as (keyof typeof eras)[])('%s', (era) => {
    it('lists four tools, and calls all', async () => {
      const client = await connect(era, '?tools=search', admin);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name).sort()).toEqual([...only].sort());
      expect(client.getInstructions()).toContain('search_tools');
      const call = { name: 'call_tool', arguments: { name: 'gateway_echo', arguments: { message: 'hi' } } };
      expect(await client.callTool(call)).toMatchObject({ structuredContent: { message: 'hi' } });
      const direct = { name: 'gateway_echo', arguments: { message: 'hi' } };
      expect(await client.callTool(direct)).toMatchObject({ structuredContent: { message: 'hi' } });
      const { resources } = await client.listResources();
      expect(resources.map(({ uri }) => uri)).toContain('catalog://services/shelf');
      await client.close();
    });

    it.each(['', '?tools=all', '?other=search'])('lists everything with %j', async (query) => {
      const client = await connect(era, query, admin);
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining([...only, 'gateway_echo']));
      expect(client.getInstructions()).not.toContain('search_tools');
      await client.close();
    });

    it('lists to whoever may not search all that it may use', async () => {
      const client = await connect(era, '?tools=search', await key(['shelf:read']));
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toEqual(['shelf_list_books', 'shelf_hold_book']);
      await client.close();
    });
  });

  it('holds for a session as it was opened, whatever later requests say', async () => {
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    const listed = async (query: string, headers: Record<string, string>) =>
      ((await gateway.post(`/mcp${query}`, list, headers)).body as any).result.tools.length as number;
    const searching = await session(admin, '?tools=search');
    expect([await listed('', searching), await listed('?tools=all', searching)]).toEqual([4, 4]);
    const plain = await session(admin);
    expect(await listed('?tools=search', plain)).toBeGreaterThan(4);
  });
});
