import type { Database } from '../database.js';
import type { Row } from '../shape-rows.js';

export type Status = 'ok' | 'warning' | 'problem';

export interface Finding {
  status: Status;
  summary: string;
  details: Row[];
}

export type Check = (database: Database, signal: AbortSignal) => Promise<Finding>;

/** A check that asks one question and judges the rows. */
export function check(text: string, judge: (rows: Row[]) => Finding): Check {
  return async (database, signal) => judge((await database.ask(text, [], signal)).rows);
}

export function ok(summary: string, details: Row[] = []): Finding {
  return { status: 'ok', summary, details };
}

const severity: Record<Status, number> = { ok: 0, warning: 1, problem: 2 };

export function worstOf(statuses: readonly Status[]): Status {
  return statuses.reduce((worst, status) => (severity[status] > severity[worst] ? status : worst), 'ok');
}

/** `1 index`, `2 indexes` */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
