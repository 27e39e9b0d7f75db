import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Log } from '../logs/log.js';
import { LiveEvents } from './live-events.js';

/** Tells of each entry that is written to the log. */
@Injectable()
export class LogEvents implements BeforeApplicationShutdown {
  constructor(
    private readonly log: Log,
    live: LiveEvents,
  ) {
    log.onWrite = (lines) => live.linesWritten(lines.count, () => lines.entries());
  }

  beforeApplicationShutdown(): void {
    this.log.onWrite = undefined;
  }
}
