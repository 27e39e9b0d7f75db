import { stringify } from 'csv-stringify/sync';
import type { AuditItem } from '../observability/audit/audit-item.js';

export const exportFormats = {
  jsonl: { contentType: 'application/jsonl; charset=utf-8', extension: 'jsonl' },
  csv: { contentType: 'text/csv; charset=utf-8', extension: 'csv' },
};

const COLUMNS = [
  ...['id', 'time', 'requestId', 'caller', 'callerKind', 'callerSubject', 'onBehalfOf', 'owner', 'team', 'door'],
  ...['address', 'service', 'operation', 'arguments', 'outcome', 'errorKind', 'durationMs', 'bytes', 'tokens'],
  ...['replica', 'seq', 'hash'],
];

/** A text for each page of lines. */
export async function* exportTexts(
  format: keyof typeof exportFormats,
  first: readonly AuditItem[],
  more: AsyncIterable<readonly AuditItem[]>,
): AsyncGenerator<string> {
  const write = format === 'csv' ? csvText : jsonLines;
  yield write(first, true);
  for await (const page of more) yield write(page, false);
}

function jsonLines(items: readonly AuditItem[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join('');
}

/** Cells that a spreadsheet would take for a formula are quoted with an apostrophe. */
function csvText(items: readonly AuditItem[], isFirst: boolean): string {
  return stringify([...items], { header: isFirst, columns: COLUMNS, escape_formulas: true });
}
