import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { asSuperuser, createDatabase, type TestDatabase } from './database.js';
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
  // Its id is filled in when there is one.
  'gateway.read_result': { input: {}, command: '' },
  'gateway.search_tools': {
    input: { query: 'which columns does a table have', limit: 3 },
    command: '/mcp-gateway search_tools which columns does a table have --limit 3',
  },
  'gateway.describe_tool': {
    input: { name: 'postgres_list_tables' },
    command: '/mcp-gateway describe_tool postgres_list_tables',
  },
  'gateway.call_tool': {
    input: { name: 'gateway_echo', arguments: { message: 'passed on' } },
    command: `/mcp-gateway call_tool gateway_echo {"arguments": {"message": "passed on"}}`,
  },
  'gateway.my-calls': {
    input: { limit: 3 },
    command: '/mcp-gateway my-calls 3',
    stable: ({ calls }: any) => calls.length, // each call adds one
  },
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
  'postgres.list-objects': {
    input: { database: 'shop', schema: 'public', type: 'index' },
    command: '/mcp-postgres shop list objects public index',
  },
  'postgres.list-indexes': {
    input: { database: 'shop', table: 'videos' },
    command: '/mcp-postgres shop list indexes --table videos',
    stable: ({ indexes }: { indexes: { name: string; columns: string[] }[] }) =>
      indexes.map(({ name, columns }) => [name, columns]),
  },
  'postgres.list-extensions': { input: { database: 'shop' }, command: '/mcp-postgres shop list extensions' },
  'postgres.list-views': { input: { database: 'shop' }, command: '/mcp-postgres shop list views' },
  'postgres.execute': {
    input: { database: 'shop', query: 'UPDATE users SET name = name WHERE id = $1 RETURNING id, name', params: [7] },
    command: `/mcp-postgres shop execute "UPDATE users SET name = name WHERE id = $1 RETURNING id, name" {"params": [7]}`,
  },
  'postgres.table-stats': {
    input: { database: 'shop', table: 'videos' },
    command: '/mcp-postgres shop table stats videos',
    stable: ({ tables }: { tables: { name: string; liveRows: number }[] }) =>
      tables.map(({ name, liveRows }) => [name, liveRows]),
  },
  'postgres.settings': {
    input: { database: 'shop', category: 'Memory' },
    command: '/mcp-postgres shop settings Memory',
  },
  'postgres.active-queries': {
    input: { database: 'shop', minSeconds: 3600 },
    command: '/mcp-postgres shop active queries --min-seconds 3600',
    stable: ({ queries }: { queries: object[] }) => queries,
  },
  'postgres.locks': {
    input: { database: 'shop' },
    command: '/mcp-postgres shop locks',
    stable: ({ waiting }: { waiting: object[] }) => waiting,
  },
  'postgres.top-queries': {
    input: { database: 'shop', sort: 'calls', limit: 5 },
    command: '/mcp-postgres shop top queries --sort calls --limit 5',
  },
  // Its pid is filled in when there is one.
  'postgres.cancel-query': {
    input: { database: 'shop' },
    command: '/mcp-postgres shop cancel query',
    stable: ({ pid, cancelled }: { pid: number; cancelled: boolean }) => ({ pid, cancelled }),
  },
  'postgres.health-check': {
    input: { database: 'shop', checks: ['indexes', 'constraints'] },
    command: '/mcp-postgres shop health check indexes constraints',
  },
  'postgres.index-advice': {
    input: { database: 'shop', queries: ['SELECT * FROM videos WHERE title = $1'] },
    command: '/mcp-postgres shop index advice "SELECT * FROM videos WHERE title = $1"',
  },
  'postgres.stats': {
    input: { database: 'shop' },
    command: '/mcp-postgres shop stats',
    stable: ({ databases }: { databases: object[] }) => databases.map((database) => Object.keys(database)),
  },
};

/** pg_stat_statements as it is where the server loads it, with one statement: not every server of a test run does. */
const countedStatements = `
  CREATE SCHEMA monitoring;
  CREATE EXTENSION pg_stat_statements SCHEMA monitoring;
  ALTER EXTENSION pg_stat_statements DROP VIEW monitoring.pg_stat_statements;
  ALTER EXTENSION pg_stat_statements DROP VIEW monitoring.pg_stat_statements_info;
  DROP VIEW monitoring.pg_stat_statements, monitoring.pg_stat_statements_info;
  CREATE VIEW monitoring.pg_stat_statements_info AS SELECT timestamptz '2026-01-01 00:00:00Z' AS stats_reset;
  CREATE VIEW monitoring.pg_stat_statements AS
    SELECT (SELECT oid FROM pg_database WHERE datname = current_database()) AS dbid, 1::bigint AS queryid,
           'SELECT * FROM videos WHERE title = $1' AS query, 10::bigint AS calls, 25::float8 AS total_exec_time,
           2.5::float8 AS mean_exec_time, 4::float8 AS max_exec_time, 10::bigint AS rows, 90::bigint AS shared_blks_hit,
           10::bigint AS shared_blks_read, 0::bigint AS temp_blks_read, 0::bigint AS temp_blks_written`;

/** A session of the gateway's role that runs on whenever it is cancelled, so that every door can cancel it. */
async function tireless(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const body = 'LOOP BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP;';
  client.query(`DO $$ BEGIN ${body} END $$`).catch(() => undefined);
  return rows[0]!.pid;
}

let shop: TestDatabase;
let gateway: TestGateway;
let operations: Operation[];
let session: Record<string, string>;
const admin = { 'x-mcp-key': ADMIN_KEY };

beforeAll(async () => {
  shop = await createDatabase(shopSql);
  await asSuperuser(shop.name, countedStatements);
  const url = await shop.readerUrl();
  const role = new URL(url).username;
  await asSuperuser(shop.name, `GRANT UPDATE ON users TO ${role}`);
  await asSuperuser(
    shop.name,
    `GRANT USAGE ON SCHEMA monitoring TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA monitoring TO ${role}`,
  );
  const pid = await tireless(url);
  Object.assign(samples['postgres.cancel-query']!, {
    input: { database: 'shop', pid },
    command: `/mcp-postgres shop cancel query ${pid}`,
  });
  gateway = await startGateway({ env: { POSTGRES_SHOP_URL: url, POSTGRES_SHOP_WRITE: 'true' } });
  const hello = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const initialize = { jsonrpc: '2.0', id: 0, method: 'initialize', params: hello };
  session = { 'mcp-session-id': String((await gateway.post('/mcp', initialize, admin)).headers['mcp-session-id']) };
  const large = { database: 'shop', query: 'SELECT n, n::text FROM generate_series(1, 3000) n', limit: 3_000 };
  const { metadata } = (await gateway.post('/api/services/postgres/query', large, admin)).body as {
    metadata: { truncated: { resultId: string } };
  };
  const id = metadata.truncated.resultId;
  Object.assign(samples['gateway.read_result']!, {
    input: { id, offset: 2_990 },
    command: `/mcp-gateway read_result ${id} --offset 2990`,
  });
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
    return toolData(result);
  },
  'MCP, 2026-07-28': async ({ tool }, { input }) => {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': tool };
    return toolData(await callOverMcp({ name: tool, arguments: input, _meta }, headers));
  },
  'MCP, a session': async ({ tool }, { input }) =>
    toolData(await callOverMcp({ name: tool, arguments: input }, session)),
  'a slash command': async (_operation, { command }) =>
    envelopeData(await gateway.post('/mcp/execute', { command }, admin)),
  'a slash command with JSON': async ({ service, name }, { input }) =>
    envelopeData(
      await gateway.post('/mcp/execute', { command: `/mcp-${service} ${name} ${JSON.stringify(input)}` }, admin),
    ),
  REST: async ({ service, name }, { input }) =>
    envelopeData(await gateway.post(`/api/services/${service}/${name}`, input, admin)),
};

async function callOverMcp(params: object, headers: Record<string, string>): Promise<unknown> {
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params };
  const answer = await gateway.post('/mcp', body, { ...admin, accept: 'application/json', ...headers });
  return (answer.body as { result: unknown }).result;
}

function toolData(result: unknown): unknown {
  const { content, structuredContent, isError } = result as {
    content: { text: string }[];
    structuredContent: unknown;
    isError: boolean;
  };
  expect({ isError, text: JSON.parse(content[0]!.text) }).toEqual({ isError: false, text: structuredContent });
  return structuredContent;
}

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
