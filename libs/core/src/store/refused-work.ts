import type { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { connectionProblem, READ_ONLY, refusalProblem } from './connection-errors.js';
import { renewPool } from './pool-client.js';

/** How long nothing may have been refused before the store counts as well again. */
const QUIET_MS = 4_000;
/** Needs room as tables do, is refused where writes are, and leaves nothing. */
const TRY =
  "CREATE TEMPORARY TABLE mcp_gateway_room ON COMMIT DROP AS SELECT repeat('x', 1000) FROM generate_series(1, 500)";

/** Whether a store that is there refuses its work, as with a full disk: told once when it begins and once when it is over. */
export class RefusedWork {
  private why: string | undefined;
  private lastAt = 0;

  constructor(private readonly logger: Logger) {}

  /** Undefined while nothing is refused. */
  get reason(): string | undefined {
    return this.why;
  }

  note(reason: string): void {
    if (this.why === undefined) this.logger.warn(`The store refuses writes: ${reason}`);
    this.why = reason;
    this.lastAt = performance.now();
  }

  /** Runs `work`; that it is refused is noted, and no error. */
  async noting(work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const reason = refusalProblem(error);
      if (reason === undefined) throw error;
      this.note(reason);
    }
  }

  /**
   * `isReadOnly`: what a connection that is open says. Answers whether what was refused is taken again. One write that fits
   * proves little: the others must have come through for a while too.
   */
  async look(isReadOnly: boolean, source: DataSource): Promise<boolean> {
    if (isReadOnly && this.why === undefined) this.note(READ_ONLY);
    if (this.why === undefined) return false;
    // the address may lead to another server by now, such as the one that took a primary's place
    if (this.why === READ_ONLY) renewPool(source);
    try {
      await source.query(TRY);
    } catch (error) {
      const reason = refusalProblem(error);
      if (reason !== undefined) this.note(reason);
      if (reason !== undefined || connectionProblem(error) !== undefined) return false;
    }
    if (performance.now() - this.lastAt < QUIET_MS) return false;
    this.why = undefined;
    this.logger.log('The store takes writes again');
    return true;
  }
}
