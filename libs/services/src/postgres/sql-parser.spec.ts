import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { MAX_SQL_LENGTH, SqlGuard } from './sql-guard.js';
import { refusalOf } from './testing/refusal.js';

const guard = new SqlGuard();
const refusal = (sql: string) => refusalOf(guard, sql);

describe('the parser behind SqlGuard survives', () => {
  const many = 50_000;
  const tooDeep = { expected: 'a statement with less nesting', got: 'too deep a nesting' };
  const tooLong = (length: number) => ({
    expected: `at most ${MAX_SQL_LENGTH} characters (hand long values over as params)`,
    got: `${length} characters`,
  });

  beforeAll(() => guard.inspect('SELECT 1'));

  it.each([
    ['50,000 parentheses', `SELECT ${'('.repeat(many)}1${')'.repeat(many)}`, tooLong(100_008)],
    ['as many parentheses as fit', `SELECT ${'('.repeat(32_000)}1${')'.repeat(32_000)}`, tooDeep],
    ['1 MB of text', `SELECT '${'x'.repeat(1_000_000)}'`, tooLong(1_000_009)],
    ['a long chain of operators', `SELECT 1${'||a'.repeat(20_000)}`, tooDeep],
    ['a long chain of NOT', `SELECT ${'not '.repeat(16_000)}true`, tooDeep],
    ['nested arrays', `SELECT ${'array['.repeat(9_000)}1${']'.repeat(9_000)}`, tooDeep],
    ['nested queries', `${'(SELECT '.repeat(7_000)}1${')'.repeat(7_000)}`, tooDeep],
    ['casts of casts', `SELECT 1${'::a'.repeat(20_000)}`, tooDeep],
  ])('%s', async (what, sql, expected) => {
    expect(await refusal(sql)).toEqual(expected);
    expect((await guard.inspect(`SELECT '${what}'`)).kind).toBe('select');
  });

  it('a dozen texts that overflow the parser', async () => {
    for (let i = 0; i < 12; i++) {
      expect(await refusal(`SELECT ${i}${'||a'.repeat(10_000)}`)).toEqual(tooDeep);
    }
    expect(await refusal(`SELECT set_config('a', 'b', false) FROM c`)).toEqual({
      expected: 'functions that only read',
      got: 'set_config()',
    });
  }, 60_000);

  it('any text, with a verdict or an error about the query', async () => {
    const word = fc.constantFrom(
      'SELECT',
      'FROM',
      '(',
      ')',
      ';',
      "'",
      '"',
      '--',
      '/*',
      '*/',
      '$$',
      '$1',
      ',',
      '1',
      'a',
      '.',
      '::',
      'INTO',
      'WITH',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(word).map((words) => words.join(' ')),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (sql) => {
        const kind = await guard.inspect(sql).then(
          (verdict) => verdict.kind,
          (error: unknown) => (error instanceof OperationError ? error.details.issues?.[0]?.path : error),
        );
        expect(['select', 'explain', 'show', 'query']).toContain(kind);
      }),
      { numRuns: 500 },
    );
  });

  it('any letter case of a denied function', async () => {
    const cased = fc.tuple(...[...'pg_terminate_backend'].map((char) => fc.constantFrom(char, char.toUpperCase())));
    await fc.assert(
      fc.asyncProperty(cased, fc.boolean(), async (chars, quoted) => {
        const name = quoted ? `"${chars.join('')}"` : chars.join('');
        expect((await refusal(`SELECT ${name}(1)`)).expected).toBe('functions that only read');
      }),
      { numRuns: 100 },
    );
  });
});
