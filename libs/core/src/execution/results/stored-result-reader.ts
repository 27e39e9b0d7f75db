import { Injectable } from '@nestjs/common';
import { OperationError, StoredResults, type Caller, type ResultPage } from '#libs/kit';
import { ResultGovernor } from './result-governor.js';
import { ResultStore } from './result-store.js';
import { ResultThread } from './result-thread.js';

/** Reads what was left out of answers, a page at a time, each within the budget of an answer. */
@Injectable()
export class StoredResultReader extends StoredResults {
  constructor(
    private readonly store: ResultStore,
    private readonly thread: ResultThread,
    private readonly governor: ResultGovernor,
  ) {
    super();
  }

  async read(
    id: string,
    { offset, limit }: { offset: number; limit?: number | undefined },
    caller: Caller,
  ): Promise<ResultPage> {
    const found = await this.store.find(id, caller.id);
    if (!found) throw unknownResult(id);
    const { callerId: _, data, bytes: _bytes, ...facts } = found;
    const counted = await this.thread.page({
      kind: 'page',
      facts,
      data,
      offset,
      limit,
      part: this.governor.partBudget,
    });
    if (!counted) throw tooLargeForPage(offset, facts.unit);
    this.governor.letOut(counted);
    return counted.page;
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
