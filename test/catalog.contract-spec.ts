import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from './database.js';
import { shopSql } from './fixtures/shop.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

interface Operation {
  id: string;
  service: string;
  name: string;
  tool: string;
  description: string;
  permission: string;
  annotations: Record<string, boolean>;
  inputSchema: { properties?: Record<string, { description?: string }> };
  outputSchema: object;
  slash: string;
  tokenCost: number;
}

interface Sample {
  input: Record<string, unknown>;
  /** The same call as a person types it. */
  command: string;
  /** What of the answer is the same in every call; all of it, when not given. */
  stable?: (data: never) => unknown;
}

const select = 'SELECT id, title, price FROM videos ORDER BY id LIMIT 2';

/** One call for each operation. An operation that is missing here fails the first test. */
const samples: Record<string, Sample> = {
  'gateway.echo': { input: { message: 'a "quoted" \\ word' }, command: `/mcp-gateway echo 'a "quoted" \\ word'` },
  'gateway.whoami': { input: {}, command: '/mcp-gateway whoami' },
  'gateway.status': { input: {}, command: '/mcp-gateway status' },
  'postgres.list-databases': { input: {}, command: '/mcp-postgres list databases' },
  'postgres.list-schemas': { input: { database: 'shop' }, command: '/mcp-postgres shop list schemas' },
  'postgres.list-tables': {
    input: { database: 'shop', includeViews: true },
    command: '/mcp-postgres shop list tables --include-views',
  },
  'postgres.describe-table': {
    input: { database: 'shop', table: 'videos' },
    command: '/mcp-postgres shop describe videos',
  },
  'postgres.query': {
    input: { database: 'shop', query: 'SELECT $1::int + 1 AS n', params: [41], limit: 5 },
    command: '/mcp-postgres shop query "SELECT $1::int + 1 AS n" --limit 5 {"params": [41]}',
  },
  'postgres.sql-query': { input: { query: select }, command: `/mcp-postgres sql-query "${select}"` },
  'postgres.explain': {
    input: { database: 'shop', query: select, format: 'text' },
    command: `/mcp-postgres shop explain "${select}" --format=text`,
  },
  'postgres.stats': {
    input: { database: 'shop' },
    command: '/mcp-postgres shop stats',
    stable: ({ databases }: { databases: object[] }) => databases.map((database) => Object.keys(database)),
  },
};

let shop: TestDatabase;
let gateway: TestGateway;
let operations: Operation[];
const admin = { 'x-mcp-key': ADMIN_KEY };

beforeAll(async () => {
  shop = await createDatabase(shopSql);
  gateway = await startGateway({ env: { POSTGRES_SHOP_URL: await shop.readerUrl() } });
  const { services } = (await gateway.get('/mcp/catalog', admin)).body as {
    services: { name: string; operations: Omit<Operation, 'service'>[] }[];
  };
  operations = services.flatMap(({ name, operations }) => operations.map((each) => ({ ...each, service: name })));
});
afterAll(async () => {
  await gateway.close();
  await shop.drop();
});

/** Every door to an operation, as a function that answers its data. */
const doors: Record<string, (operation: Operation, sample: Sample) => Promise<unknown>> = {
  'mcp.execute': async ({ service, name }, { input }) =>
    dataOf(await gateway.rpc('mcp.execute', { service, operation: name, ...input }, admin)),
  'mcp.execute with nested params': async ({ service, name }, { input }) =>
    dataOf(await gateway.rpc('mcp.execute', { service, operation: name, params: input }, admin)),
  'mcp.execute with _ for -': async ({ service, name }, { input }) =>
    dataOf(await gateway.rpc('mcp.execute', { service, operation: name.replaceAll('-', '_'), ...input }, admin)),
  'tools/call': async ({ tool }, { input }) => {
    const { result } = await gateway.rpc('tools/call', { name: tool, arguments: input }, admin);
    const { content, structuredContent, isError } = result as {
      content: { text: string }[];
      structuredContent: unknown;
      isError: boolean;
    };
    expect({ isError, text: JSON.parse(content[0]!.text) }).toEqual({ isError: false, text: structuredContent });
    return structuredContent;
  },
  'a slash command': async (_operation, { command }) =>
    envelopeData(await gateway.post('/mcp/execute', { command }, admin)),
  'a slash command with JSON': async ({ service, name }, { input }) =>
    envelopeData(
      await gateway.post('/mcp/execute', { command: `/mcp-${service} ${name} ${JSON.stringify(input)}` }, admin),
    ),
  REST: async ({ service, name }, { input }) =>
    envelopeData(await gateway.post(`/api/services/${service}/${name}`, input, admin)),
};

function dataOf({ result, error }: { result?: unknown; error?: unknown }): unknown {
  expect(error).toBeUndefined();
  return (result as { data: unknown }).data;
}

function envelopeData({ status, body }: { status: number; body: unknown }): unknown {
  expect({ status, body }).toMatchObject({ status: 200, body: { status: 'success' } });
  return (body as { data: unknown }).data;
}

describe('every operation', () => {
  it('has a sample call here', () => {
    expect(operations.map(({ id }) => id).sort()).toEqual(Object.keys(samples).sort());
  });

  it.each(Object.entries(samples))(
    '%s answers the same through every door, as its output schema says',
    async (id, sample) => {
      const operation = operations.find((candidate) => candidate.id === id)!;
      const stable = (sample.stable ?? ((data: unknown) => data)) as (data: unknown) => unknown;
      const answers = new Map<string, unknown>();
      for (const [name, call] of Object.entries(doors)) {
        const data = await call(operation, sample);
        const validate = new Ajv2020({ strict: false }).compile(operation.outputSchema);
        expect({ valid: validate(data), errors: validate.errors }).toEqual({ valid: true, errors: null });
        answers.set(name, stable(data));
      }
      const expected = answers.get('REST');
      expect(Object.fromEntries(answers)).toEqual(
        Object.fromEntries(Object.keys(doors).map((name) => [name, expected])),
      );
    },
  );

  it.each(Object.keys(samples))('%s refuses an unknown member through every door', async (id) => {
    const { service, name, tool } = operations.find((candidate) => candidate.id === id)!;
    const input = { ...samples[id]!.input, noSuchMember: 1 };
    const issues = expect.arrayContaining([{ path: 'noSuchMember', expected: 'no such member', got: '1' }]) as unknown;
    expect((await gateway.rpc('mcp.execute', { service, operation: name, ...input }, admin)).error).toMatchObject({
      code: -32602,
      data: { issues },
    });
    expect((await gateway.rpc('tools/call', { name: tool, arguments: input }, admin)).result).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: expect.stringContaining('noSuchMember') as unknown }],
    });
    const rest = await gateway.post(`/api/services/${service}/${name}`, input, admin);
    expect(rest).toMatchObject({ status: 400, body: { error: { details: { issues } } } });
  });

  it.each(Object.keys(samples))('%s is told in words that an agent can use', (id) => {
    const { description, annotations, inputSchema, tokenCost, tool } = operations.find((each) => each.id === id)!;
    expect(description).toMatch(/^[A-Z].{20,400}\.$/);
    expect(tool).toMatch(/^[a-z][a-z0-9_]{0,47}$/);
    expect(tokenCost).toBeGreaterThan(20);
    expect(annotations.readOnly).toBeTypeOf('boolean');
    const undescribed = Object.entries(inputSchema.properties ?? {}).filter(([, field]) => !field.description);
    expect(undescribed.map(([field]) => field)).toEqual([]);
  });
});

describe('what clients see', () => {
  it.each([
    ['catalog', () => gateway.get('/mcp/catalog', admin).then(({ body }) => body)],
    ['tools', () => gateway.rpc('tools/list', {}, admin).then(({ result }) => result)],
    ['openapi', () => gateway.get('/openapi.json', admin).then(({ body }) => body)],
    ['openrpc', () => gateway.rpc('rpc.discover', {}, admin).then(({ result }) => result)],
    ['help', () => gateway.post('/mcp/execute', { command: '/help' }, admin).then(envelopeData)],
  ])('the %s is what was committed', async (name, read) => {
    const text = `${JSON.stringify(await read(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`snapshots/${name}.json`);
  });

  it('is filtered to what the caller may use', async () => {
    const { body } = await gateway.post('/admin/api-keys', { name: 'echo only', permissions: ['gateway.echo'] }, admin);
    const key = { 'x-mcp-key': (body as { key: string }).key };
    const catalog = (await gateway.get('/mcp/catalog', key)).body as { services: { operations: Operation[] }[] };
    expect(catalog.services.map((service) => service.operations.map(({ id }) => id))).toEqual([['gateway.echo']]);
    expect((await gateway.get('/api/tools', key)).body).toEqual({
      tools: [expect.objectContaining({ name: 'gateway_echo' })],
    });
    expect((await gateway.rpc('tools/list', {}, key)).result).toEqual({
      tools: [expect.objectContaining({ name: 'gateway_echo' })],
    });
    const { paths } = (await gateway.get('/openapi.json', key)).body as { paths: object };
    expect(Object.keys(paths)).toEqual(['/api/services/gateway/echo']);
    expect((await gateway.get('/mcp/service/postgres', key)).status).toBe(404);
    const help = envelopeData(await gateway.post('/mcp/execute', { command: '/help' }, key)) as { commands: object[] };
    expect(help.commands).toEqual([expect.objectContaining({ operation: 'echo' })]);
  });
});
