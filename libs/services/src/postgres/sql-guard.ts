import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { judgeReading, type Verdict } from './reading-rules.js';
import { SqlParser, SqlSyntaxError, SqlTooComplexError, type ParseTree } from './sql-parser.js';
import { refused, soleStatement, type Statement } from './sql-tree.js';
import { judgeChange, type Change } from './writing-rules.js';

/** Longest statement, in characters: parsing more than this would hold up other calls. */
export const MAX_SQL_LENGTH = 65_536;
const CACHED_VERDICTS = 500;
const CACHED_LENGTH = 8_192;

/**
 * Lets a text pass only if it is one statement that reads. The session is read-only besides; this refuses what a
 * read-only session still allows: changing the session, locks, files, other servers, and text that is run as SQL.
 */
@Injectable()
export class SqlGuard {
  private readonly parser = new SqlParser();
  /** The least used first. */
  private readonly verdicts = new Map<string, Verdict>();
  private newest: string | undefined;

  /** Rejects with an `invalid` OperationError about the field `query`. */
  async inspect(sql: string): Promise<Verdict> {
    const known = this.known(sql);
    if (known) return known;
    const verdict = judgeReading(await this.statement(sql));
    if (sql.length <= CACHED_LENGTH) this.remember(sql, verdict);
    return verdict;
  }

  /** What was found out about a text before. */
  known(sql: string): Verdict | undefined {
    const known = this.verdicts.get(sql);
    if (known && sql !== this.newest) {
      this.verdicts.delete(sql);
      this.remember(sql, known);
    }
    return known;
  }

  /** As `inspect`, for a text that may change rows or define tables. */
  async inspectChange(sql: string): Promise<Change> {
    return judgeChange(await this.statement(sql), sql);
  }

  /** The one statement of a text, whatever it does. */
  async statement(sql: string): Promise<Statement> {
    return soleStatement(await this.parse(sql));
  }

  private async parse(sql: string): Promise<ParseTree> {
    if (sql.length > MAX_SQL_LENGTH) {
      throw refused(
        `at most ${MAX_SQL_LENGTH} characters (hand long values over as params)`,
        `${sql.length} characters`,
      );
    }
    if (sql.includes('\0')) throw refused('text without NUL characters', 'a NUL character');
    if (/\p{Surrogate}/u.test(sql)) throw refused('well-formed Unicode text', 'half of a surrogate pair');
    try {
      return await this.parser.parse(sql);
    } catch (error) {
      if (error instanceof SqlSyntaxError) throw syntaxError(error);
      if (error instanceof SqlTooComplexError) throw refused('a statement with less nesting', 'too deep a nesting');
      throw error;
    }
  }

  private remember(sql: string, verdict: Verdict): void {
    this.verdicts.set(sql, verdict);
    this.newest = sql;
    if (this.verdicts.size <= CACHED_VERDICTS) return;
    const oldest = this.verdicts.keys().next();
    if (!oldest.done) this.verdicts.delete(oldest.value);
  }
}

function syntaxError(error: SqlSyntaxError): OperationError {
  const got = `${error.message} (character ${error.position})`;
  return new OperationError('invalid', `query: ${got}`, {
    issues: [{ path: 'query', expected: 'valid PostgreSQL', got }],
    position: error.position,
  });
}
