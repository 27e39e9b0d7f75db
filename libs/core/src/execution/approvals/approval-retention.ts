import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Store } from '../../store/store.js';
import { ApprovalRows } from './approval-rows.js';

const SWEEP_EVERY_MS = 3_600_000;

/** Deletes approvals that expired long ago. */
@Injectable()
export class ApprovalRetention implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Approvals');
  private sweeping: NodeJS.Timeout | undefined;

  constructor(
    private readonly rows: ApprovalRows,
    private readonly store: Store,
  ) {}

  onModuleInit(): void {
    this.store.onReady(() => this.sweep());
    this.sweeping = setInterval(() => void this.sweep(), SWEEP_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.sweeping);
  }

  private async sweep(): Promise<void> {
    try {
      await this.rows.dropOld();
    } catch (error) {
      this.logger.debug(`Old approvals stay for now: ${(error as Error).message}`);
    }
  }
}
