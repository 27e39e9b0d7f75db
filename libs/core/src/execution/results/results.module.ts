import { Global, Module } from '@nestjs/common';
import { StoredResults } from '#libs/kit';
import { ResultBudgets } from './result-budgets.js';
import { ResultGovernor } from './result-governor.js';
import { ResultStore } from './result-store.js';
import { ResultThread } from './result-thread.js';
import { ToolResultGovernor } from './tool-result-governor.js';
import { StoredResultReader } from './stored-result-reader.js';

/** Global for the sake of services, which can't import it and may inject `StoredResults`. */
@Global()
@Module({
  providers: [
    ResultBudgets,
    ResultGovernor,
    ResultStore,
    ResultThread,
    StoredResultReader,
    ToolResultGovernor,
    { provide: StoredResults, useExisting: StoredResultReader },
  ],
  exports: [ResultBudgets, ResultGovernor, ToolResultGovernor, StoredResultReader, StoredResults],
})
export class ResultsModule {}
