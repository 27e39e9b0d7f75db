import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { StartError } from '#libs/kit';
import type { FinishedCall } from '../../execution/finished-call.js';
import { DataDirectory } from '../../store/data-directory.js';
import { AuditSettings } from './audit.settings.js';
import { IsoClock } from '../iso-clock.js';
import { lineBody } from './audit-line.js';
import { AuditShipper } from './audit-shipper.js';
import { Redactor } from '../redaction.js';
import { AuditSpool } from './audit-spool.js';
import { AuditStore } from './audit-store.js';
import { CheckpointSeal } from './checkpoint-seal.js';

/** What the last lines are given to reach the store when the gateway stops; the rest waits for the next start. */
const LAST_SHIPPING_MS = 1_000;

/** The account of every call, written before its answer leaves. */
@Injectable()
export class AuditTrail implements OnApplicationShutdown {
  private readonly spool: AuditSpool;
  private readonly shipper: AuditShipper;
  private readonly clock = new IsoClock();
  private isOpen = false;

  constructor(
    directory: DataDirectory,
    settings: AuditSettings,
    store: AuditStore,
    seal: CheckpointSeal,
    private readonly redactor: Redactor,
  ) {
    this.spool = new AuditSpool(directory.path('audit'), settings);
    this.shipper = new AuditShipper(this.spool, store, seal);
  }

  /** Takes up the account where an earlier run left it. Throws a StartError where it can't be written. */
  start(): void {
    try {
      this.spool.open();
    } catch (error) {
      throw new StartError(
        `The audit can't be written in the data directory (${(error as NodeJS.ErrnoException).code}). ` +
          'Let the gateway’s user write to its directory "audit", and see that its disk is not full.',
        { cause: error },
      );
    }
    this.isOpen = true;
    this.shipper.start();
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.isOpen) return;
    await this.shipper.stop(LAST_SHIPPING_MS);
    this.spool.close();
  }

  /** Throws `unavailable` where a call could not be recorded: it must not run then. */
  requireRoom(): void {
    this.spool.requireRoom();
  }

  /** Resolves when the line is written. */
  append(call: FinishedCall): Promise<void> {
    return this.spool.append(lineBody(call, this.clock.now(), this.redactor));
  }

  /** Resolves when every line that is written by now is in the store; throws `unavailable` where that can't be. */
  catchUp(): Promise<void> {
    return this.shipper.catchUp();
  }

  /** Where this gateway's chain stands. */
  get head(): { replica: string; seq: number } {
    return this.spool.written;
  }

  /** Age of the oldest line that waits for the store. */
  get lagSeconds(): number {
    return this.shipper.lagSeconds;
  }

  /** How full the place for waiting lines is, from 0 to 1; 1 too while nothing can be written. */
  get spoolUsage(): number {
    return this.spool.usage;
  }
}
