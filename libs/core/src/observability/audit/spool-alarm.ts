import type { Logger } from '@nestjs/common';
import type { SpoolDisk } from './spool-disk.js';

const WARN_AT = 0.8;
const LOW_SPACE = 256 * 2 ** 20;

/** Warns long before there is no room for lines, once for each time that it gets scarce. */
export class SpoolAlarm {
  private readonly warned = { budget: false, space: false };
  private spaceUsed = 0;

  constructor(
    private readonly directory: string,
    private readonly disk: SpoolDisk,
    private readonly logger: Logger,
  ) {}

  /** How full the disk is, from 0 to 1; 0 as long as there is plenty. */
  get diskUsage(): number {
    return this.spaceUsed;
  }

  /** `budgetUsed` is the share of the spool's own budget, from 0 on. */
  look(budgetUsed: number): void {
    this.warn('budget', budgetUsed >= WARN_AT, () => {
      const share = Math.round(budgetUsed * 100);
      return `The audit’s spool is ${share} % full: its lines wait for the store. At 100 % calls are refused.`;
    });
    const { free, all } = this.disk.space(this.directory);
    this.spaceUsed = free < LOW_SPACE && all > 0 ? 1 - free / all : 0;
    this.warn('space', free < LOW_SPACE, () => {
      return `The audit’s disk has ${Math.round(free / 2 ** 20)} MiB left. Without space calls are refused.`;
    });
  }

  private warn(what: 'budget' | 'space', holds: boolean, message: () => string): void {
    if (holds && !this.warned[what]) this.logger.warn(message());
    this.warned[what] = holds;
  }
}
