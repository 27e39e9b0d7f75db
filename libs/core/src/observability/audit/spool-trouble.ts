import type { Logger } from '@nestjs/common';

/** What keeps the audit from being written, while something does; the log is told once of each. */
export class SpoolTrouble {
  private reason: string | undefined;

  constructor(private readonly logger: Logger) {}

  /** In words for callers; undefined while all is well. */
  get why(): string | undefined {
    return this.reason;
  }

  note(error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const reason = isFull(error) ? 'its disk is full' : 'its disk refuses to be written';
    if (this.reason !== reason) {
      this.logger.error(`The audit can't be written (${code}): ${reason}. New calls are refused until it can.`);
    }
    this.reason = reason;
  }

  over(): void {
    if (this.reason === undefined) return;
    this.reason = undefined;
    this.logger.log('The audit can be written again; calls are taken');
  }
}

/** Whether there is no room for what was to be written. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '');
}
