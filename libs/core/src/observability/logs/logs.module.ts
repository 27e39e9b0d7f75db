import { Module, type DynamicModule } from '@nestjs/common';
import { Redaction } from '#libs/kit';
import { Redactor } from '../redaction.js';
import { Log } from './log.js';
import { LogSearch } from './log-search.js';
import { LogsController } from './logs.controller.js';
import { RequestLog } from './request-log.js';

/** The log is there before Nest is, which writes to it. Global, since every room may have something to redact. */
@Module({})
export class LogsModule {
  static of(log: Log, redactor: Redactor): DynamicModule {
    return {
      module: LogsModule,
      global: true,
      controllers: [LogsController],
      providers: [
        { provide: Log, useValue: log },
        { provide: Redactor, useValue: redactor },
        { provide: Redaction, useValue: redactor },
        RequestLog,
        LogSearch,
      ],
      exports: [Log, Redaction, Redactor, RequestLog],
    };
  }
}
