import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from './database.js';
import { shopSql } from './fixtures/shop.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

let shop: TestDatabase;
let gateway: TestGateway;
const admin = { 'x-mcp-key': ADMIN_KEY };
const clients: Client[] = [];

/** A client of 2026-07-28 with a key that has these permissions. */
async function clientWith(...permissions: string[]): Promise<Client> {
  const { body } = await gateway.post('/admin/api-keys', { name: permissions.join(' '), permissions }, admin);
  return connect((body as { key: string }).key);
}

async function connect(key: string, mode: 'legacy' | { pin: '2026-07-28' } = { pin: '2026-07-28' }): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  const requestInit = { headers: { 'x-mcp-key': key } };
  await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', gateway.url), { requestInit }));
  clients.push(client);
  return client;
}

beforeAll(async () => {
  shop = await createDatabase(shopSql);
  gateway = await startGateway({ env: { POSTGRES_SHOP_URL: await shop.readerUrl() } });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await gateway.close();
  await shop.drop();
});

const read = async (client: Client, uri: string) => {
  const { contents } = await client.readResource({ uri });
  return JSON.parse((contents[0] as { text: string }).text);
};
const refusal = (text: string) =>
  expect.objectContaining({ code: -32602, message: expect.stringContaining(text) as string }) as Error;

it.each<[name: string, list: (client: Client) => Promise<object>]>([
  ['prompts', async (client: Client) => (await client.listPrompts()).prompts],
  [
    'resources',
    async (client: Client) => ({
      resources: (await client.listResources()).resources,
      resourceTemplates: (await client.listResourceTemplates()).resourceTemplates,
    }),
  ],
])('the %s are what was committed, in both eras', async (name, list) => {
  const [old, modern] = await Promise.all([connect(ADMIN_KEY, 'legacy').then(list), connect(ADMIN_KEY).then(list)]);
  expect(old).toEqual(modern);
  await expect(`${JSON.stringify(modern, null, 2)}\n`).toMatchFileSnapshot(`snapshots/${name}.json`);
});

describe('a stored result', () => {
  const large = { database: 'shop', query: 'SELECT n FROM generate_series(1, 3000) n', limit: 3_000 };
  async function spilled(client: Client) {
    const { content } = await client.callTool({ name: 'postgres_query', arguments: large });
    const link = content.find(({ type }) => type === 'resource_link') as { uri: string };
    return link.uri;
  }

  it('is read by the link of its answer, page by page to its end', async () => {
    const client = await clientWith('read');
    const uri = await spilled(client);
    const numbers: number[] = [];
    for (let offset: number | null = 0; offset !== null;) {
      const page = await read(client, offset === 0 ? uri : `${uri}?offset=${offset}`);
      numbers.push(...page.items.map(({ n }: { n: number }) => n));
      offset = page.nextOffset;
    }
    expect(numbers).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1));
  });

  it('is unknown to everybody else', async () => {
    const [owner, other] = await Promise.all([clientWith('read'), clientWith('*')]);
    const uri = await spilled(owner);
    await expect(read(other, uri)).rejects.toEqual(refusal('There is no resource'));
  });

  it.each([
    'result://',
    'result://nope',
    'result://a/b',
    'result://a?offset=-1',
    'result://a?x=1',
    'audit://x',
    'file:///etc/passwd',
  ])('is not at %s', async (uri) => {
    await expect(read(await connect(ADMIN_KEY), uri)).rejects.toEqual(refusal('There is no resource'));
  });
});

it('a caller reads its own last calls and nobody else’s', async () => {
  const [client, other] = await Promise.all([clientWith('gateway.echo'), clientWith('read')]);
  await other.callTool({ name: 'gateway_echo', arguments: { message: 'other' } });
  await client.callTool({ name: 'gateway_echo', arguments: { message: 'mine' } });
  await expect(client.callTool({ name: 'no_such_tool', arguments: { a: 1 } })).rejects.toThrow('There is no tool');
  const { calls } = await read(client, 'audit://my-calls');
  expect(calls).toMatchObject([
    { door: 'mcp', outcome: 'error', errorKind: 'unknown', arguments: { a: 1 } },
    { door: 'mcp', service: 'gateway', operation: 'echo', outcome: 'ok', arguments: { message: 'mine' } },
  ]);
});

describe('a prompt', () => {
  it('is offered to whoever may use anything of its service', async () => {
    const names = async (client: Client) => (await client.listPrompts()).prompts.map(({ name }) => name);
    expect(await names(await clientWith('gateway.echo'))).toEqual(['gateway_start']);
    expect(await names(await clientWith('postgres.query'))).toEqual(['postgres_explore', 'postgres_tune']);
  });

  it('answers messages that hold its arguments', async () => {
    const client = await connect(ADMIN_KEY);
    const query = 'SELECT * FROM videos';
    const { messages } = await client.getPrompt({ name: 'postgres_tune', arguments: { database: 'shop', query } });
    expect(messages).toEqual([
      { role: 'user', content: { type: 'text', text: expect.stringContaining(query) as string } },
    ]);
    const start = await client.getPrompt({ name: 'gateway_start' });
    expect(start.messages[0]?.content).toMatchObject({ text: expect.stringContaining('- postgres: ready') as string });
  });

  it('names only tools that there are', async () => {
    const client = await connect(ADMIN_KEY);
    const { tools } = await client.listTools();
    const all = await Promise.all([
      client.getPrompt({ name: 'gateway_start' }),
      client.getPrompt({ name: 'postgres_explore', arguments: { database: 'shop' } }),
      client.getPrompt({ name: 'postgres_tune', arguments: { database: 'shop', query: 'x' } }),
    ]);
    const named = all.flatMap(({ messages }) => [
      ...JSON.stringify(messages).matchAll(/\b(?:postgres|gateway|read)_\w+/g),
    ]);
    expect(named.length).toBeGreaterThan(8);
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(named.map(([name]) => name)));
  });

  it.each<[name: string, asked: { name: string; arguments?: Record<string, string> }, text: string]>([
    ['unknown', { name: 'postgres_nope' }, 'There is no prompt'],
    ['without what it needs', { name: 'postgres_explore' }, 'database'],
    ['with another choice', { name: 'postgres_explore', arguments: { database: 'a', depth: 'x' } }, 'depth'],
    ['with something else', { name: 'gateway_start', arguments: { more: 'x' } }, 'more'],
  ])('that is %s is refused', async (_name, asked, text) => {
    await expect((await connect(ADMIN_KEY)).getPrompt(asked)).rejects.toEqual(refusal(text));
  });

  it('of a service that the caller may not use is unknown', async () => {
    const client = await clientWith('gateway.echo');
    const asked = client.getPrompt({ name: 'postgres_explore', arguments: { database: 'shop' } });
    await expect(asked).rejects.toEqual(refusal('There is no prompt'));
  });
});

describe('completion', () => {
  const prompt = { type: 'ref/prompt' as const, name: 'postgres_explore' };
  const service = { type: 'ref/resource' as const, uri: 'catalog://services/{service}' };
  it.each([
    ['a choice', prompt, { name: 'depth', value: 'det' }, ['detailed']],
    ['all of a choice', prompt, { name: 'depth', value: '' }, ['overview', 'detailed']],
    ['no free text', prompt, { name: 'database', value: 's' }, []],
    ['a service', service, { name: 'service', value: 'post' }, ['postgres']],
    ['no other argument', service, { name: 'x', value: 'post' }, []],
    ['nothing of no prompt', { ...prompt, name: 'nope' }, { name: 'depth', value: '' }, []],
  ])('gives %s', async (_name, ref, argument, values) => {
    const { completion } = await (await connect(ADMIN_KEY)).complete({ ref, argument });
    expect(completion).toEqual({ values, total: values.length, hasMore: false });
  });

  it('gives only what the caller may see', async () => {
    const client = await clientWith('gateway.echo');
    const { completion } = await client.complete({ ref: service, argument: { name: 'service', value: '' } });
    expect(completion.values).toEqual(['gateway']);
  });
});
