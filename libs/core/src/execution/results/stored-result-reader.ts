import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { OperationError, StoredResults, type Asking, type Caller, type KeptRows, type ResultPage } from '#libs/kit';
import { ResultBudgets } from './result-budgets.js';
import { partOf, ResultGovernor } from './result-governor.js';
import { ResultStore } from './result-store.js';
import { ResultThread } from './result-thread.js';

const compress = promisify(gzip);

/** Reads what was left out of answers, a page at a time, each within the budget of an answer. */
@Injectable()
export class StoredResultReader extends StoredResults {
  constructor(
    private readonly store: ResultStore,
    private readonly thread: ResultThread,
    private readonly governor: ResultGovernor,
    private readonly budgets: ResultBudgets,
  ) {
    super();
  }

  async read(
    id: string,
    { offset, limit }: { offset: number; limit?: number | undefined },
    asking: Asking,
  ): Promise<ResultPage> {
    const part = partOf(this.budgets.of(asking));
    const found = await this.store.find(id, asking.caller.id);
    if (!found) throw unknownResult(id);
    const { callerId: _, data, bytes: _bytes, ...facts } = found;
    const counted = await this.thread.page({
      kind: 'page',
      facts,
      data,
      offset,
      limit,
      part,
    });
    if (!counted) throw tooLargeForPage(offset, facts.unit);
    this.governor.letOut(counted);
    return counted.page;
  }

  async keepRows(kept: KeptRows, operation: string, ttlMs: number, caller: Caller): Promise<string | undefined> {
    const plain = Buffer.from(JSON.stringify(kept));
    const id = `rows_${randomBytes(16).toString('hex')}`;
    const total = kept.rows.length;
    const isKept = await this.store.keep(
      {
        id,
        callerId: caller.id,
        operation,
        unit: 'rows',
        total,
        kept: total,
        source: { path: ['rows'], beside: [] },
        data: await compress(plain, { level: 1 }),
        bytes: plain.length,
      },
      ttlMs,
    );
    return isKept ? id : undefined;
  }

  async readRows<Facts extends object>(
    id: string,
    { offset, limit }: { offset: number; limit: number },
    caller: Caller,
  ): Promise<(KeptRows<Facts> & { total: number }) | undefined> {
    const found = await this.store.find(id, caller.id);
    if (!found) return undefined;
    const { callerId: _, data, bytes: _bytes, ...facts } = found;
    const part = await this.thread.rows({ kind: 'rows', facts, data, offset, limit });
    return part as KeptRows<Facts> & { total: number };
  }
}

function unknownResult(id: string): OperationError {
  return new OperationError(
    'unknown',
    `There is no stored result ${JSON.stringify(id.slice(0, 80))} for this caller. Stored results expire; make the call again to get a new one.`,
    { didYouMean: [] },
  );
}

/** The budget has shrunk since the result was stored. */
function tooLargeForPage(offset: number, unit: string): OperationError {
  return new OperationError(
    'failed',
    `The unit at offset ${offset} (${unit}) is larger than an answer may be now; make the call again, and ask for less of each`,
  );
}
