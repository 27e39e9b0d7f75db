import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { countTokens as exactTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { countTokens } from '../../catalog/count-tokens.js';
import { pageOf } from './page-result.js';
import type { Budget, Cut, KeptFacts } from './result-work.js';
import { shapeResult } from './shape-result.js';
import { unitsOf, valueAt } from './units.js';

const MAX_KEPT = 16 * 1024 * 1024;
const small: Budget = { tokens: 700, bytes: 3_000 };
const anything: Record<string, unknown> = { type: 'object' };

function shape(data: unknown, { schema = anything, part = small, maxKept = MAX_KEPT } = {}) {
  const json = JSON.stringify(data);
  const shaped = shapeResult({ kind: 'shape', json, schema: schema, whole: part, part, maxKept }, countTokens);
  return { ...shaped, data: JSON.parse(shaped.json) as unknown };
}

/** Reads all pages of what was cut, and puts them together. */
function readAll({ text, unit, total, kept, source }: Cut, part = small, limit?: number) {
  const facts: KeptFacts = { id: 'res_1', operation: 'a.b', unit, total, kept, source };
  const items: unknown[] = [];
  let joined = '';
  for (let offset: number | null = 0, pages = 0; offset !== null; pages++) {
    const units = unitsOf(source ? JSON.parse(text) : text, source, unit);
    const answer = pageOf({ facts, offset, limit, part }, units, text.length, countTokens);
    if (!answer) throw new Error(`no unit fits at ${offset}`);
    expectWithin(JSON.stringify(answer.page), part);
    expect(answer.page.offset).toBe(offset);
    expect(answer.page.shown > 0 || kept === 0).toBe(true);
    items.push(...(answer.page.items ?? []));
    joined += answer.page.text ?? '';
    offset = answer.page.nextOffset;
    if (pages > 100_000) throw new Error('pages without end');
  }
  return unit === 'rows' || unit === 'items' ? items : joined;
}

function expectWithin(json: string, budget: Budget) {
  expect(Buffer.byteLength(json)).toBeLessThanOrEqual(budget.bytes);
  expect(exactTokens(json, { disallowedSpecial: new Set() })).toBeLessThanOrEqual(budget.tokens);
}

const rows = (count: number) => Array.from({ length: count }, (_, id) => ({ id, name: `User ${id}`, score: null }));

describe('an answer over its budget', () => {
  it('goes out as it is where it fits', () => {
    const data = { rows: rows(10), rowCount: 10 };
    expect(shape(data)).toEqual({ json: JSON.stringify(data), data });
  });

  it('keeps its first rows whole, and everything beside them', () => {
    const data = { rows: rows(500), columns: [{ name: 'id' }, { name: 'name' }, { name: 'score' }], rowCount: 500 };
    const { data: shown, cut } = shape(data);
    expect(cut).toMatchObject({ unit: 'rows', total: 500, kept: 500, source: { path: ['rows'], beside: [] } });
    expect(shown).toEqual({ ...data, rows: data.rows.slice(0, cut!.shown) });
    expect(cut!.shown).toBeGreaterThan(30);
    expect(readAll(cut!)).toEqual(data.rows);
  });

  it('never takes columns for something that goes with rows, even where there are as many', () => {
    const wide = Array.from({ length: 30 }, (_, i) => Object.fromEntries(rows(30).map(({ id }) => [`c${id}`, i])));
    const columns = rows(30).map(({ id }) => ({ name: `c${id}`, type: 'integer' }));
    const { data, cut } = shape({ rows: wide, columns }, { part: { tokens: 2_000, bytes: 8_000 } });
    expect(cut).toMatchObject({ unit: 'rows', total: 30 });
    expect(data).toEqual({ rows: wide.slice(0, cut!.shown), columns });
  });

  it('shortens names and their details alike', () => {
    const details = rows(300).map(({ id }) => ({ schema: 'public', name: `table_${id}`, rows: id }));
    const tables = details.map(({ name }) => name);
    const { data, cut } = shape({ tables, details, more: false });
    expect(cut).toMatchObject({ unit: 'items', total: 300, source: { path: ['details'], beside: ['tables'] } });
    expect(data).toEqual({ tables: tables.slice(0, cut!.shown), details: details.slice(0, cut!.shown), more: false });
    expect(readAll(cut!)).toEqual(tables.map((name, i) => ({ details: details[i], tables: name })));
  });

  it.each([
    ['an array at the top', rows(400), [] as string[]],
    ['an array deep in objects', { a: { b: { items: rows(400) } }, c: 1 }, ['a', 'b', 'items']],
    ['numbers', { values: Array.from({ length: 5_000 }, (_, i) => i / 7) }, ['values']],
    ['values that are nothing', { values: Array.from({ length: 5_000 }, () => null) }, ['values']],
    ['arrays of arrays', { points: rows(900).map(({ id }) => [id, [id]]) }, ['points']],
  ])('counts in items: %s', (_name, data, path) => {
    const { json, cut } = shape(data);
    expectWithin(json, small);
    expect(cut).toMatchObject({ unit: 'items', source: { path, beside: [] } });
    const original = path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], data);
    expect(readAll(cut!)).toEqual(original);
  });

  it('cuts a text at the ends of its lines', () => {
    const plan = Array.from({ length: 400 }, (_, i) => `  -> Seq Scan on t${i}`).join('\n');
    const { data, cut } = shape({ format: 'text', plan });
    expect(cut).toMatchObject({ unit: 'lines', total: 400 });
    expect(data).toEqual({
      format: 'text',
      plan: `${plan.split('\n').slice(0, cut!.shown).join('\n')}\n`,
    });
    expect(readAll(cut!)).toBe(plan);
  });

  it.each([
    ['letters', 'x'.repeat(50_000)],
    ['characters of two units', '😀'.repeat(5_000)],
    ['one odd and then characters of two units', `a${'😀'.repeat(5_000)}`],
    ['control characters', '\u0001'.repeat(5_000)],
    ['halves of characters', '\ud83d'.repeat(3_000)],
    ['words that steer models', '<|endoftext|>'.repeat(2_000)],
    ['a long line among short ones', `short\n${'long '.repeat(4_000)}\nshort`],
  ])('cuts a text without lines anywhere but within a character: %s', (_name, content) => {
    const { data, json, cut } = shape({ content });
    expectWithin(json, small);
    expect(cut).toMatchObject({ unit: 'characters', total: content.length, source: { path: ['content'] } });
    expect(data).toEqual({ content: content.slice(0, cut!.shown) });
    expect(cut!.shown).toBeGreaterThan(100);
    expect(readAll(cut!)).toBe(content);
  });

  it('shortens the texts of a row that is too large by itself, and keeps it whole', () => {
    const data = { rows: [{ id: 1, body: 'word '.repeat(20_000), more: 'text '.repeat(9_000) }], rowCount: 1 };
    const { data: shown, json, cut } = shape(data);
    expectWithin(json, small);
    const text = expect.stringMatching(/^(word |text ).*… \[\d+ more characters\]$/) as string;
    expect(shown).toEqual({ rows: [{ id: 1, body: text, more: text }], rowCount: 1 });
    expect(cut).toMatchObject({ unit: 'characters', shown: 0, total: JSON.stringify(data).length, source: null });
    expect(JSON.parse(readAll(cut!) as string)).toEqual(data);
  });

  it('keeps the first entries of a map', () => {
    const schema = z.toJSONSchema(z.object({ id: z.string(), sizes: z.record(z.string(), z.number()) }));
    const sizes = Object.fromEntries(rows(3_000).map(({ id }) => [`file-${id}.txt`, id]));
    const { data, json, cut } = shape({ id: 'abc', sizes }, { schema });
    expectWithin(json, small);
    const shown = data as { id: string; sizes: Record<string, number> };
    expect(shown.id).toBe('abc');
    expect(Object.entries(shown.sizes)).toEqual(Object.entries(sizes).slice(0, Object.keys(shown.sizes).length));
    expect(Object.keys(shown.sizes).length).toBeGreaterThan(10);
    expect(JSON.parse(readAll(cut!) as string)).toEqual({ id: 'abc', sizes });
  });

  it('shortens several large parts where one alone is not enough', () => {
    const data = { tables: rows(300), indexes: rows(299), views: rows(298), note: 'n'.repeat(9_000) };
    const { json, data: shown, cut } = shape(data);
    expectWithin(json, small);
    expect(Object.keys(shown as object)).toEqual(Object.keys(data));
    expect(JSON.parse(readAll(cut!) as string)).toEqual(data);
  });

  it('keeps what fits into the room that a result has, in whole units', () => {
    const data = { rows: rows(5_000), rowCount: 5_000 };
    const { cut } = shape(data, { maxKept: 50_000 });
    expect(cut).toMatchObject({ unit: 'rows', total: 5_000 });
    expect(Buffer.byteLength(cut!.text)).toBeLessThanOrEqual(50_000);
    expect(cut!.kept).toBeGreaterThan(1_000);
    expect(readAll(cut!)).toEqual(data.rows.slice(0, cut!.kept));
  });

  it('tells a member called __proto__ from a prototype', () => {
    const data = { rows: rows(500).map(({ id }) => JSON.parse(`{"__proto__":${id},"b":1}`) as object) };
    const { json, cut } = shape(data);
    expect(json).toContain('"__proto__":0');
    expect(JSON.stringify(readAll(cut!))).toBe(JSON.stringify(data.rows));
  });
});

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.base64String({ maxLength: 900 }),
    fc.double(),
    fc.bigInt().map(String),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 40 }),
    fc.dictionary(fc.string({ maxLength: 30 }), tie('any'), { maxKeys: 20 }),
  ),
})).any;
const budgets = fc.record({
  tokens: fc.integer({ min: 250, max: 3_000 }),
  bytes: fc.integer({ min: 1_500, max: 9_000 }),
});

it('counts in units that fit a page in bytes too, where the budget has more tokens than bytes', () => {
  const part = { tokens: 2_000, bytes: 1_500 };
  const data = { rows: Array.from({ length: 4 }, () => ({ text: 'ab '.repeat(550) })) };
  const { json, cut } = shape(data, { part });
  expectWithin(json, part);
  expect(cut!.unit).toBe('characters');
  expect(JSON.parse(readAll(cut!, part) as string)).toEqual(data);
});

describe('of any answer', () => {
  it('what goes out is JSON within the budget, and the pages are what was there', () => {
    const answers = fc.oneof(
      fc.record({ rows: fc.array(value, { minLength: 5, maxLength: 120 }), rowCount: fc.nat() }),
      fc.record({ a: value, b: value, c: value }),
      fc.record({
        text: fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { maxLength: 60 }).map((a) => a.join('\n')),
      }),
    );
    fc.assert(
      fc.property(
        answers,
        budgets,
        fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
        (data, part, limit) => {
          const original = JSON.parse(JSON.stringify(data)) as unknown;
          const { json, cut } = shape(data, { part });
          expectWithin(json, part);
          if (!cut) {
            expect(json).toBe(JSON.stringify(data));
            return;
          }
          const pages = readAll(cut, part, cut.unit === 'characters' ? undefined : limit);
          if (cut.source === null) {
            expect(JSON.parse(pages as string)).toEqual(original);
            return;
          }
          const whole = valueAt(original, cut.source.path);
          const shown = valueAt(JSON.parse(json), cut.source.path);
          if (cut.source.beside.length === 0) expect(pages).toEqual(whole);
          if (Array.isArray(whole)) expect(shown).toEqual(whole.slice(0, cut.shown));
          else expect((whole as string).startsWith(shown as string)).toBe(true);
        },
      ),
      { numRuns: 100, endOnFailure: true },
    );
  }, 120_000);

  it('what goes out is of the shape that was declared', () => {
    const declared = z.object({
      rows: z.array(z.record(z.string(), z.unknown())),
      kind: z.enum(['one', 'another']),
      note: z.string().nullable(),
      owner: z.object({ name: z.string(), at: z.iso.datetime(), tags: z.array(z.string()).optional() }),
      pair: z.tuple([z.string(), z.number()]),
    });
    const schema = z.toJSONSchema(declared, { io: 'input' });
    const validate = new Ajv2020({ strict: false, formats: { 'date-time': true } }).compile(schema);
    const answers = fc.record({
      rows: fc.array(fc.dictionary(fc.string({ maxLength: 20 }), value, { maxKeys: 8 }), { maxLength: 60 }),
      kind: fc.constantFrom('one', 'another'),
      note: fc.option(fc.string({ maxLength: 3_000 })),
      owner: fc.record({
        name: fc.string({ maxLength: 2_000 }),
        at: fc.constant('2026-11-20T10:00:00Z'),
        tags: fc.array(fc.string({ maxLength: 50 }), { maxLength: 200 }),
      }),
      pair: fc.tuple(fc.string({ maxLength: 40 }), fc.nat()),
    });
    fc.assert(
      fc.property(answers, budgets, (data, part) => {
        const { json, data: shown } = shape(data, { schema, part });
        expectWithin(json, part);
        expect({ valid: validate(shown), errors: validate.errors }).toEqual({ valid: true, errors: null });
      }),
      { numRuns: 100, endOnFailure: true },
    );
  }, 120_000);
});

describe('tokens', () => {
  it.each([
    ['prose', 'The quick brown fox jumps over the lazy dog. '.repeat(500)],
    ['digits', '0123456789'.repeat(900)],
    ['JSON', JSON.stringify(rows(300))],
  ])('are counted as the tokenizer does: %s', (_name, text) => {
    expect(countTokens(text)).toBe(exactTokens(text));
  });

  it.each([
    ['letters', 'abcdefghijklmnopqrstuvwxyz'.repeat(2_520)],
    ['blanks', ' '.repeat(65_536)],
    ['signs', '-'.repeat(65_536)],
    ['emoji', '😀'.repeat(16_384)],
  ])('of a run without end are counted in time, and never too few: %s', { retry: 2 }, (_name, text) => {
    const startedAt = performance.now();
    const counted = countTokens(text);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(counted).toBeGreaterThanOrEqual(exactTokens(text.slice(0, 4_000)));
  });
});
