import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Store } from '../../store/store.js';
import type { Approval } from './approval.js';
import { ApprovalRows } from './approval-rows.js';
import type { KeptOutcome } from './kept-outcome.js';

/** How approved calls ended, for whoever comes back with the ticket. While the store is away, memory keeps them. */
@Injectable()
export class ApprovalOutcomes implements OnModuleInit {
  private readonly logger = new Logger('Approvals');
  private readonly unsaved = new Map<string, KeptOutcome>();

  constructor(
    private readonly rows: ApprovalRows,
    private readonly store: Store,
  ) {}

  onModuleInit(): void {
    this.store.onReady(async () => {
      for (const [id, outcome] of this.unsaved) await this.save(id, outcome);
    });
  }

  /** Never rejects: the call has run, and its caller is to hear how. */
  async keep(id: string, outcome: KeptOutcome): Promise<void> {
    this.unsaved.set(id, outcome);
    try {
      await this.save(id, outcome);
    } catch (error) {
      this.logger.warn(`The outcome of ${id} waits in memory for the store: ${(error as Error).message}`);
    }
  }

  of(approval: Approval): KeptOutcome | undefined {
    return this.unsaved.get(approval.id) ?? this.rows.outcomeOf(approval);
  }

  private async save(id: string, outcome: KeptOutcome): Promise<void> {
    await this.rows.finish(id, outcome);
    this.unsaved.delete(id);
  }
}
