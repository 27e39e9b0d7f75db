import { Injectable } from '@nestjs/common';
import { invalidField } from '#libs/kit';
import { canonical } from '../../catalog/names.js';
import { refusalProblem } from '../../store/connection-errors.js';
import { auditItem, type AuditItem } from './audit-item.js';
import { AuditStore, LINE, lineOf, type LineRow, type StoredLine } from './audit-store.js';
import { AuditTrail } from './audit-trail.js';

/** Which lines are asked for; both ends of the time are included. */
export interface AuditFilter {
  caller?: string | undefined;
  service?: string | undefined;
  /** An operation's id or its name alone. */
  operation?: string | undefined;
  outcome?: string | undefined;
  requestId?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

interface Page {
  items: AuditItem[];
  nextCursor: string | null;
}

const EXPORT_PAGE = 500;
const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([\w-]{1,64}) (\d{1,15})$/;

/**
 * Finds lines of the account, newest first; what was answered a moment ago is among them, unless the store refuses writes,
 * which it tells itself.
 */
@Injectable()
export class AuditSearch {
  constructor(
    private readonly trail: AuditTrail,
    private readonly store: AuditStore,
  ) {}

  /** Throws `unavailable` while the store is away. */
  async page(filter: AuditFilter, limit: number, cursor?: string): Promise<Page> {
    const after = cursor === undefined ? undefined : placeIn(cursor);
    await this.catchUp();
    return this.read(filter, limit, after);
  }

  /** A store that takes no lines now still has those before. */
  private async catchUp(): Promise<void> {
    try {
      await this.trail.catchUp();
    } catch (error) {
      if (refusalProblem(error) === undefined) throw error;
    }
  }

  /** All pages, each read when the one before was taken. */
  async *pages(filter: AuditFilter): AsyncGenerator<AuditItem[], void> {
    let page = await this.page(filter, EXPORT_PAGE);
    yield page.items;
    while (page.nextCursor !== null) {
      page = await this.read(filter, EXPORT_PAGE, placeIn(page.nextCursor));
      yield page.items;
    }
  }

  private async read(filter: AuditFilter, limit: number, after: readonly string[] | undefined): Promise<Page> {
    const { text, values } = whereOf(filter, after);
    const sql = `SELECT ${LINE} FROM audit_lines ${text} ORDER BY time DESC, replica DESC, seq DESC LIMIT ${limit + 1}`;
    const rows = (await this.store.query<LineRow>(sql, values)).map(lineOf);
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    return { items: items.map(auditItem), nextCursor: last ? cursorAt(last) : null };
  }
}

function whereOf(filter: AuditFilter, after: readonly string[] | undefined): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const conditions: string[] = [];
  const add = (condition: string, ...given: unknown[]) => {
    let place = values.length;
    conditions.push(condition.replaceAll('?', () => `$${(place += 1)}`));
    values.push(...given);
  };
  const { caller, service, operation, outcome, requestId, since, until } = filter;
  if (caller !== undefined) add('caller = ?', caller);
  if (service !== undefined) add("replace(service, '_', '-') = ?", canonical(service));
  if (operation !== undefined) {
    const name = canonical(operation);
    add("(replace(operation, '_', '-') = ? OR replace(service || '.' || operation, '_', '-') = ?)", name, name);
  }
  if (outcome !== undefined) add('outcome = ?', outcome);
  if (requestId !== undefined) add('request_id = ?', requestId);
  if (since) add('time >= ?', since);
  if (until) add('time <= ?', until);
  if (after) add('(time, replica, seq) < (?::timestamptz, ?, ?::bigint)', ...after);
  return { text: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, values };
}

function cursorAt({ time, replica, seq }: StoredLine): string {
  return Buffer.from(`${time} ${replica} ${seq}`).toString('base64url');
}

function placeIn(cursor: string): string[] {
  const [, ...place] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (place.length === 3 && !Number.isNaN(Date.parse(place[0] ?? ''))) return place;
  throw invalidField('cursor', 'the nextCursor of the page before', 'another text');
}
