import { Module } from '@nestjs/common';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { ResultsSettings, Store } from '#libs/core';
import { McpService, Operation, OperationError, type ResultPage } from '#libs/kit';
import { services } from '#libs/services';
import { createDatabase, type TestDatabase } from './database.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

/** What the fixture answers next. */
let given: Record<string, unknown> = {};
const seen = { runs: 0 };

@McpService({ name: 'bulk', version: '1.0.0', description: 'Answers of any size', location: 'server' })
class BulkService {
  @Operation({
    name: 'give',
    description: 'Answers what it was told to.',
    input: z.object({}),
    output: z.looseObject({}),
    permission: 'read',
  })
  give() {
    seen.runs += 1;
    return given;
  }
}

@Module({ providers: [BulkService] })
class BulkModule {}

interface Truncated {
  resultId: string;
  shown: number;
  total: number;
  unit: string;
  kept?: number;
}
interface Envelope<T = Record<string, unknown>> {
  data: T;
  metadata: { tokensUsed: number; truncated?: Truncated };
}
interface ToolResult {
  content: { type: string; text?: string; uri?: string; name?: string; mimeType?: string; description?: string }[];
  structuredContent: Record<string, unknown>;
  isError: boolean;
}

const admin = { 'x-mcp-key': ADMIN_KEY };
const BUDGET = { tokens: 8_000, bytes: 65_536 };
const tokensOf = (text: string) => countTokens(text, { disallowedSpecial: new Set() });

let shop: TestDatabase;
let gateway: TestGateway;

beforeAll(async () => {
  shop = await createDatabase(`
    CREATE TABLE kinds AS SELECT n AS id, n::bigint * 10000000000 AS big, n * 1.5::numeric AS price,
      CASE WHEN n % 3 = 0 THEN NULL ELSE 'name ' || n END AS name, timestamptz '2026-11-20 10:00:00Z' + n * interval '1 s' AS at,
      decode(md5(n::text), 'hex') AS hash, jsonb_build_object('n', n, 'list', jsonb_build_array(n, NULL)) AS doc,
      ARRAY[n, NULL, n + 1] AS list, n % 2 = 0 AS even
    FROM generate_series(1, 5000) n`);
  gateway = await startGateway({
    services: [...services, BulkModule],
    env: { POSTGRES_SHOP_URL: await shop.readerUrl() },
  });
});
afterAll(async () => {
  await gateway.close();
  await shop.drop();
});

function envelopeOf<T = Record<string, unknown>>({ status, body }: Answer): Envelope<T> {
  expect({ status, body }).toMatchObject({ status: 200, body: { status: 'success' } });
  return body as Envelope<T>;
}

const rest = async (path: string, input: object, headers = {}) => gateway.post(`/api/services/${path}`, input, headers);
const give = async (data: Record<string, unknown>, headers = {}) => {
  given = data;
  return envelopeOf(await rest('bulk/give', {}, headers));
};
const readPage = async (id: string, offset: number, headers = {}) =>
  envelopeOf<ResultPage>(await rest('gateway/read_result', { id, offset }, headers)).data;

/** All units from `offset` on, page by page. */
async function readAll(id: string, offset = 0): Promise<{ items: unknown[]; text: string }> {
  const read = { items: [] as unknown[], text: '' };
  for (let next: number | null = offset; next !== null;) {
    const answer = await rest('gateway/read_result', { id, offset: next });
    expectWithinBudget(answer.text);
    const page = envelopeOf<ResultPage>(answer).data;
    expect(page.offset).toBe(next);
    read.items.push(...(page.items ?? []));
    read.text += page.text ?? '';
    next = page.nextOffset;
  }
  return read;
}

function expectWithinBudget(text: string, budget = BUDGET) {
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(budget.bytes);
  expect(tokensOf(text)).toBeLessThanOrEqual(budget.tokens);
}

const rows = (count: number) => Array.from({ length: count }, (_, id) => ({ id, name: `User ${id}`, email: null }));

describe('a small answer', () => {
  it('goes out as it is, through every door', async () => {
    const data = { rows: rows(3) };
    expect(await give(data)).toEqual({
      status: 'success',
      data,
      metadata: { executionTime: expect.any(Number), tokensUsed: expect.any(Number), requestId: expect.any(String) },
    });
    const { result } = await gateway.rpc('tools/call', { name: 'bulk_give', arguments: {} });
    expect(result).toEqual({
      content: [{ type: 'text', text: JSON.stringify(data) }],
      structuredContent: data,
      isError: false,
    });
  });
});

describe('a large answer', () => {
  const query = { database: 'shop', query: 'SELECT * FROM kinds ORDER BY id', limit: 5_000 };
  type Query = { rows: { id: number }[]; rowCount: number; more: boolean; columns: unknown[] };

  const doors: Record<string, () => Promise<{ text: string; envelope: Envelope<Query> }>> = {
    REST: async () => {
      const answer = await rest('postgres/query', query);
      return { text: answer.text, envelope: envelopeOf<Query>(answer) };
    },
    'a slash command': async () => {
      const command = `/mcp-postgres shop query "${query.query}" --limit ${query.limit}`;
      const answer = await gateway.post('/mcp/execute', { command });
      return { text: answer.text, envelope: envelopeOf<Query>(answer) };
    },
    'mcp.execute': async () => {
      const { result } = await gateway.rpc('mcp.execute', { service: 'postgres', operation: 'query', ...query });
      return { text: JSON.stringify(result), envelope: result as Envelope<Query> };
    },
  };

  it.each(Object.entries(doors))('shows the first rows of a query, and read_result the rest: %s', async (_, call) => {
    const { text, envelope } = await call();
    expectWithinBudget(text);
    const { data, metadata } = envelope;
    const { resultId, shown } = metadata.truncated!;
    expect(metadata.truncated).toEqual({
      resultId: expect.stringMatching(/^res_[0-9a-f]{32}$/),
      shown: data.rows.length,
      total: 5_000,
      unit: 'rows',
    });
    expect(data).toMatchObject({ rowCount: 5_000, more: false, columns: expect.any(Array) });
    expect(data.rows.map(({ id }) => id)).toEqual(Array.from({ length: shown }, (_, i) => i + 1));
    expect(tokensOf(text)).toBeGreaterThan(BUDGET.tokens * 0.85);
    expect(Math.abs(metadata.tokensUsed - tokensOf(JSON.stringify(data)))).toBeLessThanOrEqual(1);
    const page = await readPage(resultId, shown);
    expect(page).toMatchObject({
      id: resultId,
      operation: 'postgres.query',
      unit: 'rows',
      offset: shown,
      total: 5_000,
    });
    expect((page.items as { id: number }[])[0]!.id).toBe(shown + 1);
  });

  it('gives every row through its pages, with every type', async () => {
    const { data, metadata } = envelopeOf<Query>(await rest('postgres/query', query));
    const { items } = await readAll(metadata.truncated!.resultId, metadata.truncated!.shown);
    const all = [...data.rows, ...items] as Record<string, unknown>[];
    expect(all.map(({ id }) => id)).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1));
    const one = (await rest('postgres/query', { database: 'shop', query: 'SELECT * FROM kinds WHERE id = 4998' })).body;
    expect(all[4_997]).toEqual((one as Envelope<Query>).data.rows[0]);
    expect(all[4_997]).toMatchObject({ big: '49980000000000', price: '7497.0', name: null, even: true });
  });

  it('tells over tools/call what was left out and how to get it', async () => {
    given = { rows: rows(3_000) };
    const { result } = await gateway.rpc('tools/call', { name: 'bulk_give', arguments: {} });
    const { content, structuredContent, isError } = result as ToolResult;
    const shown = (structuredContent.rows as unknown[]).length;
    const id = /res_[0-9a-f]{32}/.exec(content[1]!.text!)![0];
    expect(isError).toBe(false);
    expect(JSON.parse(content[0]!.text!)).toEqual(structuredContent);
    expect(content.slice(1)).toEqual([
      {
        type: 'text',
        text: `This answer shows the first ${shown} of 3000 rows. For the rest call read_result with {"id":"${id}","offset":${shown}}.`,
      },
      {
        type: 'resource_link',
        uri: `result://${id}`,
        name: id,
        mimeType: 'application/json',
        description: 'All that was kept of this answer: 3000 rows',
      },
    ]);
    expectWithinBudget(content[0]!.text! + JSON.stringify(content.slice(1)));
    const next = await gateway.rpc('tools/call', {
      name: 'read_result',
      arguments: { id: `result://${id}`, offset: shown },
    });
    const { structuredContent: page } = next.result as ToolResult;
    expect((page.items as { id: number }[])[0]).toEqual(rows(3_000)[shown]);
  });

  it('is read by a slash command too', async () => {
    const { metadata } = await give({ rows: rows(3_000) });
    const command = `/mcp-gateway read_result ${metadata.truncated!.resultId} --offset 2990 --limit 5`;
    const { data } = envelopeOf<ResultPage>(await gateway.post('/mcp/execute', { command }));
    expect(data).toEqual({
      id: metadata.truncated!.resultId,
      operation: 'bulk.give',
      unit: 'rows',
      offset: 2_990,
      items: rows(3_000).slice(2_990, 2_995),
      shown: 5,
      total: 3_000,
      nextOffset: 2_995,
    });
  });

  it('shortens names and details of tables alike', async () => {
    const tables = Array.from({ length: 900 }, (_, i) => `table_${i}`);
    const details = tables.map((name) => ({ schema: 'public', name, kind: 'table', rows: 1 }));
    const { data, metadata } = await give({ tables, details, more: false });
    const { shown } = metadata.truncated!;
    expect(data).toEqual({ tables: tables.slice(0, shown), details: details.slice(0, shown), more: false });
    expect(metadata.truncated).toMatchObject({ total: 900, unit: 'items' });
  });

  const base64 = Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * 7919 + (i >> 3) * 31) % 256)).toString(
    'base64',
  );
  it.each([
    ['lines', Array.from({ length: 5_000 }, (_, i) => `line ${i} of a plan`).join('\n'), 'lines'],
    ['base64', base64, 'characters'],
    ['digits', '31415926535'.repeat(9_000), 'characters'],
    ['rare characters', '𐌰𐌱𐌲𐌳'.repeat(6_000), 'characters'],
    ['blanks', `${' '.repeat(400)}.`.repeat(200), 'characters'],
    ['control characters', '\u0001\u0002'.repeat(30_000), 'characters'],
    ['words that steer models', '<|endoftext|>'.repeat(5_000), 'characters'],
  ])('holds its budget whatever a token weighs: %s', async (_name, text, unit) => {
    given = { text };
    const answer = await rest('bulk/give', {});
    expectWithinBudget(answer.text);
    const { data, metadata } = envelopeOf<{ text: string }>(answer);
    expect(metadata.truncated).toMatchObject({ unit, shown: expect.any(Number) as number });
    expect(text.startsWith(data.text)).toBe(true);
    const { text: restOfIt } = await readAll(metadata.truncated!.resultId, metadata.truncated!.shown);
    expect(data.text + restOfIt === text).toBe(true);
  });

  it('shortens a row that is too large by itself, and keeps it whole', async () => {
    const sql = "SELECT 7 AS id, repeat('long ', 60000) AS body";
    const answer = await rest('postgres/query', { database: 'shop', query: sql });
    expectWithinBudget(answer.text);
    const { data, metadata } = envelopeOf<Query>(answer);
    expect(data.rows).toEqual([
      { id: 7, body: expect.stringMatching(/^(long )+.*… \[\d+ more characters\]$/) as string },
    ]);
    expect(metadata.truncated).toMatchObject({ unit: 'characters', shown: 0 });
    const { text } = await readAll(metadata.truncated!.resultId);
    expect(JSON.parse(text)).toMatchObject({ rows: [{ id: 7, body: 'long '.repeat(60_000) }], rowCount: 1 });
  });

  it('says what was kept of more than 16 MiB', async () => {
    const body = 'word '.repeat(200);
    const { metadata } = await give({ rows: Array.from({ length: 20_000 }, (_, id) => ({ id, body })) });
    const truncated = metadata.truncated as Required<Truncated>;
    expect(truncated).toMatchObject({ total: 20_000, unit: 'rows' });
    expect(truncated.kept).toBeGreaterThan(16_000);
    expect(truncated.kept).toBeLessThan(17_000);
    const page = await readPage(truncated.resultId, truncated.kept - 1);
    expect(page).toMatchObject({ items: [{ id: truncated.kept - 1, body }], kept: truncated.kept, nextOffset: null });
  }, 30_000);

  it('holds up nobody while it is shaped', async () => {
    given = { rows: rows(200_000) };
    seen.runs = 0;
    const order: string[] = [];
    const large = rest('bulk/give', {}).then(() => order.push('large'));
    await vi.waitFor(() => expect(seen.runs).toBeGreaterThan(0), 10_000);
    await rest('gateway/echo', { message: 'small' }).then(() => order.push('small'));
    await large;
    expect(order).toEqual(['small', 'large']);
  });
});

describe('a stored result', () => {
  const unknown = { status: 404, body: { error: { code: -32014, kind: 'unknown' } } };
  const withoutIds = ({ body }: Answer, id: string) =>
    JSON.stringify(body)
      .replaceAll(id, '')
      .replace(/"requestId":"[^"]*"/, '');

  it('is there for its caller alone: for others as if it had never been', async () => {
    const { metadata } = await give({ rows: rows(2_000) });
    const id = metadata.truncated!.resultId;
    const never = `res_${'0'.repeat(32)}`;
    const others = await rest('gateway/read_result', { id }, admin);
    expect(others).toMatchObject(unknown);
    expect(withoutIds(others, id)).toBe(withoutIds(await rest('gateway/read_result', { id: never }, admin), never));
    expect((await readPage(id, 0)).shown).toBeGreaterThan(0);
  });

  it.each([
    ['offset', -1],
    ['offset', 1.5],
    ['limit', 0],
  ])('is not read with %s %d', async (name, value) => {
    expect(await rest('gateway/read_result', { id: 'res_1', [name]: value })).toMatchObject({ status: 400 });
  });

  it('has an empty page behind its end', async () => {
    const { metadata } = await give({ rows: rows(2_000) });
    expect(await readPage(metadata.truncated!.resultId, 5_000)).toMatchObject({
      items: [],
      shown: 0,
      nextOffset: null,
    });
  });

  it('is there after a restart, and gone after its time', async () => {
    const { metadata } = await give({ rows: rows(2_000) });
    const id = metadata.truncated!.resultId;
    await gateway.restart({ MCP_RESULT_TTL_MS: '1000' });
    expect((await readPage(id, 1_999)).items).toEqual([rows(2_000)[1_999]]);
    const short = (await give({ rows: rows(2_000) })).metadata.truncated!.resultId;
    await vi.waitFor(async () => expect(await rest('gateway/read_result', { id: short })).toMatchObject(unknown), {
      timeout: 5_000,
      interval: 100,
    });
    expect((await readPage(id, 1_999)).items).toEqual([rows(2_000)[1_999]]);
    await gateway.restart();
  });

  it('follows a budget that is changed while the gateway runs', async () => {
    const settings = gateway.gateway.app.get<{ maxTokens: number; maxBytes: number }>(ResultsSettings);
    Object.assign(settings, { maxTokens: 1_500, maxBytes: 5_000 });
    try {
      given = { rows: rows(2_000) };
      const answer = await rest('bulk/give', {});
      expectWithinBudget(answer.text, { tokens: 1_500, bytes: 5_000 });
      const { truncated } = envelopeOf(answer).metadata;
      const page = await rest('gateway/read_result', { id: truncated!.resultId, offset: truncated!.shown });
      expectWithinBudget(page.text, { tokens: 1_500, bytes: 5_000 });
    } finally {
      Object.assign(settings, { maxTokens: 8_000, maxBytes: 65_536 });
    }
  });
});

it.each([
  ['NUL', 'ro\u0000ws'],
  ['half a character', 'ro\udc00ws'],
])('what was left out of a member whose name has %s is in the store too', async (_what, name) => {
  const { metadata } = await give({ [name]: rows(2_000) });
  const id = metadata.truncated!.resultId;
  await gateway.restart();
  expect((await readPage(id, 1_999)).items).toEqual([rows(2_000)[1_999]]);
});

describe('while the store is away', () => {
  it('what was left out waits in memory, and is in the store when that is back', async () => {
    const store = gateway.gateway.app.get(Store);
    const away = vi.spyOn(store, 'run').mockRejectedValue(new OperationError('unavailable', 'The store is away'));
    const { metadata } = await give({ rows: rows(2_000) });
    const id = metadata.truncated!.resultId;
    expect((await readPage(id, 1_999)).items).toEqual([rows(2_000)[1_999]]);
    expect(await rest('gateway/read_result', { id }, admin)).toMatchObject({ status: 502 });
    away.mockRestore();
    await gateway.restart();
    expect((await readPage(id, 1_999)).items).toEqual([rows(2_000)[1_999]]);
    expect(await rest('gateway/read_result', { id }, admin)).toMatchObject({ status: 404 });
  });
});
