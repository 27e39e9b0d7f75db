import { Global, Module } from '@nestjs/common';
import { BackgroundCalls } from '#libs/kit';
import { AccessModule } from '../../access/access.module.js';
import { ExecutionModule } from '../execution.module.js';
import { BackgroundNews } from './background-news.js';
import { BackgroundRows } from './background-rows.js';
import { BackgroundUpkeep } from './background-upkeep.js';
import { BackgroundWorker } from './background-worker.js';
import { CallerCalls } from './caller-calls.js';
import { CallsHere } from './calls-here.js';
import { SealedCalls } from './sealed-calls.js';
import { TurnRows } from './turn-rows.js';

/** Global for the sake of services, which can't import it and may inject `BackgroundCalls`. */
@Global()
@Module({
  imports: [AccessModule, ExecutionModule],
  providers: [
    BackgroundNews,
    BackgroundRows,
    BackgroundUpkeep,
    BackgroundWorker,
    CallsHere,
    SealedCalls,
    TurnRows,
    { provide: BackgroundCalls, useClass: CallerCalls },
  ],
  exports: [BackgroundCalls, BackgroundUpkeep, BackgroundWorker],
})
export class BackgroundModule {}
