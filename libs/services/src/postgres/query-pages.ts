import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { invalidField, OperationError, StoredResults, type OperationContext } from '#libs/kit';
import type { ReadOn } from './bounded-statement.js';
import type { Database } from './database.js';
import { Databases } from './databases.js';
import type { Verdict } from './reading-rules.js';

/** JSON of the rows of a page, or of those that are kept: with all that is around them below the 16 MiB of a stored result. */
const MAX_BYTES = 15 * 1024 * 1024;
const CURSOR_TTL_MS = 60 * 60_000;
const MAX_ROWS = 10_000;

/** A question to a database. */
interface Question {
  query: string;
  params?: unknown[] | undefined;
  timeoutMs?: number | undefined;
}

interface QueryPage {
  rows: Record<string, unknown>[];
  columns: { name: string; type: string }[];
  rowCount: number;
  more: boolean;
  cursor?: string;
}

/** What is kept beside the rows of the later pages. */
interface KeptFacts {
  database: string;
  /** Names the question without telling it. */
  question: string;
  columns: QueryPage['columns'];
  /** The result has more rows than are kept. */
  more: boolean;
}

interface Place {
  id: string;
  offset: number;
  limit: number;
}

/**
 * The pages of a query's result. The query runs once: rows beyond the first page are read on in the same statement, and
 * so in the same snapshot, and kept in the gateway's store for the caller. A cursor says where in them a page begins.
 */
@Injectable()
export class QueryPages {
  constructor(
    private readonly databases: Databases,
    private readonly results: StoredResults,
  ) {}

  async first(
    database: Database,
    question: Question & Pick<Verdict, 'functions' | 'json'> & { limit: number },
    { caller, cancellation }: OperationContext,
  ): Promise<QueryPage> {
    const { query, params = [], timeoutMs, functions, json, limit } = question;
    const bounds = { maxRows: limit, maxBytes: MAX_BYTES, timeoutMs, readOn: readOnFor(limit) };
    const { page, beyond } = await database.readAhead(
      { text: query, params, json, functions, ...bounds },
      cancellation,
    );
    const answer = { rows: page.rows, columns: page.columns, rowCount: page.rows.length, more: page.more };
    if (beyond.rows.length === 0) return answer;
    const { columns, more } = beyond;
    const facts: KeptFacts = { database: database.name, question: nameOf(question), columns, more };
    const id = await this.results.keepRows(
      { rows: beyond.rows, facts: { ...facts } },
      'postgres.query',
      CURSOR_TTL_MS,
      caller,
    );
    return id === undefined ? answer : { ...answer, cursor: cursorAt({ id, offset: 0, limit }) };
  }

  /** The page at a cursor. Whoever repeats the question beside it must have the right one. */
  async at(
    cursor: string,
    given: Partial<Question> & { database?: string | undefined; limit?: number | undefined },
    { caller }: OperationContext,
  ): Promise<QueryPage> {
    const place = placeOf(cursor);
    const { id, offset, limit } = { ...place, limit: given.limit ?? place.limit };
    const kept = await this.results.readRows<KeptFacts>(id, { offset, limit }, caller);
    if (!kept) throw unknownCursor();
    this.requireSame(given, kept.facts);
    const rows = kept.rows as QueryPage['rows'];
    const end = offset + rows.length;
    const goesOn = end < kept.total;
    return {
      rows,
      columns: kept.facts.columns,
      rowCount: rows.length,
      more: goesOn || kept.facts.more,
      ...(goesOn && { cursor: cursorAt({ id, offset: end, limit }) }),
    };
  }

  private requireSame(
    { query, params, database }: Partial<Question> & { database?: string | undefined },
    facts: KeptFacts,
  ): void {
    const sameDatabase = database === undefined || this.databases.find(database)?.name === facts.database;
    const sameQuestion = query === undefined || nameOf({ query, params }) === facts.question;
    if (sameDatabase && sameQuestion) return;
    throw invalidField('cursor', 'the cursor of an answer to this query, or a cursor alone', 'that of another query');
  }
}

/** Whoever asks for large pages means to read much. */
function readOnFor(limit: number): ReadOn {
  return { rows: 10_000 + 9 * limit, chars: 2 * 1024 * 1024 + limit * 1024, ms: 1_000 };
}

function nameOf({ query, params = [] }: Pick<Question, 'query' | 'params'>): string {
  return createHash('sha256')
    .update(JSON.stringify([query, params]))
    .digest('base64url');
}

function cursorAt({ id, offset, limit }: Place): string {
  return `${id}.${offset}.${limit}`;
}

/** It may be written by hand: it leads to nothing but what is kept for its caller. */
function placeOf(cursor: string): Place {
  const [, id, offset, limit] = /^(rows_[0-9a-f]{32})\.(\d{1,7})\.(\d{1,5})$/.exec(cursor) ?? [];
  if (id === undefined || Number(limit) < 1 || Number(limit) > MAX_ROWS) throw unknownCursor();
  return { id, offset: Number(offset), limit: Number(limit) };
}

function unknownCursor(): OperationError {
  return new OperationError(
    'unknown',
    'There is no such cursor for this caller; cursors expire after an hour. Run the query again to get a new one.',
    { didYouMean: [] },
  );
}
