import { bodyOf, canonicalText, FIRST_HASH, nextHash } from '../libs/core/src/observability/audit/audit-line.js';
import { LINE, lineOf, type LineRow } from '../libs/core/src/observability/audit/audit-store.js';

type Sql = (text: string) => Promise<Record<string, unknown>[]>;

/** Changes a line and makes the chain whole again, as one can who knows how it is made but has no key. */
export async function rehash(sql: Sql, replica: string, changed: number): Promise<void> {
  await sql(`UPDATE audit_lines SET caller = 'someone' WHERE seq = ${changed}`);
  const rows = await sql(`SELECT ${LINE} FROM audit_lines WHERE replica = '${replica}' ORDER BY seq`);
  let hash = FIRST_HASH;
  for (const row of rows) {
    const line = lineOf(row as unknown as LineRow);
    hash = nextHash(hash, canonicalText(replica, line.seq, bodyOf(line)));
    await sql(`UPDATE audit_lines SET hash = '${hash}' WHERE seq = ${line.seq}`);
  }
}
