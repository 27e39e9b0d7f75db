import { StoredResults, type Caller, type KeptRows } from '#libs/kit';

/** Keeps rows as the gateway's store does, for the length of a test. */
export class RowsInMemory extends StoredResults {
  private readonly kept = new Map<string, { json: string; callerId: string }>();

  read(): Promise<never> {
    return Promise.reject(new Error('only rows are kept here'));
  }

  keepRows(kept: KeptRows, _operation: string, _ttlMs: number, caller: Caller): Promise<string> {
    const id = `rows_${String(this.kept.size).padStart(32, '0')}`;
    this.kept.set(id, { json: JSON.stringify(kept), callerId: caller.id });
    return Promise.resolve(id);
  }

  readRows<Facts extends object>(
    id: string,
    { offset, limit }: { offset: number; limit: number },
    caller: Caller,
  ): Promise<(KeptRows<Facts> & { total: number }) | undefined> {
    const found = this.kept.get(id);
    if (found?.callerId !== caller.id) return Promise.resolve(undefined);
    const { rows, facts } = JSON.parse(found.json) as KeptRows<Facts>;
    return Promise.resolve({ rows: rows.slice(offset, offset + limit), facts, total: rows.length });
  }
}
