import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { Store } from '../../store/store.js';
import { AuditSettings } from './audit.settings.js';
import { AuditStore } from './audit-store.js';
import { replicasIn } from './audit-verifier.js';
import { CheckpointSeal, type Statement } from './checkpoint-seal.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const BATCH = 5_000;
/** Any number that nobody else uses for an advisory lock in this database: "mcpaud" as ASCII. */
const LOCK = 0x6d6370617564;

/** Deletes lines that are older than they are to be kept, and leaves a signed checkpoint where each chain was cut. */
@Injectable()
export class AuditRetention implements OnApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private lastRun: Promise<void> = Promise.resolve();

  constructor(
    private readonly settings: AuditSettings,
    private readonly audit: AuditStore,
    private readonly seal: CheckpointSeal,
    private readonly store: Store,
  ) {}

  /** Begins when the store is up for the first time, and goes on each hour. */
  start(): void {
    this.store.onReady(() => {
      if (this.timer || this.stopped) return;
      this.timer = setInterval(() => this.runLogged(), HOUR_MS).unref();
      // the store counts as ready after its listeners
      setImmediate(() => this.runLogged());
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.lastRun;
  }

  async run(): Promise<void> {
    const days = this.settings.retentionDays;
    if (days === 0) return;
    const limit = new Date(Date.now() - days * DAY_MS);
    let deleted = 0;
    for (const replica of await this.audit.transaction(replicasIn)) {
      for (let some = 1; some > 0; deleted += some) {
        if (this.stopped) return;
        some = await this.cut(replica, limit);
      }
    }
    if (deleted > 0) this.logger.log(`${deleted} lines of the audit were older than ${days} days and are deleted`);
  }

  private runLogged(): void {
    this.lastRun = this.run().catch((error: unknown) => {
      if (error instanceof OperationError) return; // the store is away, and says so itself
      this.logger.error('Old lines of the audit could not be deleted', error instanceof Error ? error.stack : error);
    });
  }

  /** Cuts one piece off a chain's beginning; answers how many lines. 0 too where another gateway is at it. */
  private cut(replica: string, limit: Date): Promise<number> {
    return this.audit.transaction(async (manager) => {
      const [lock] = await manager.query<{ mine: boolean }[]>('SELECT pg_try_advisory_xact_lock($1) AS mine', [LOCK]);
      if (lock?.mine !== true) return 0;
      const oldest = await manager.query<{ seq: string; hash: string; old: boolean }[]>(
        'SELECT seq, hash, time < $2 AS old FROM audit_lines WHERE replica = $1 ORDER BY seq LIMIT $3',
        [replica, limit, BATCH],
      );
      const young = oldest.findIndex(({ old }) => !old);
      const lines = young === -1 ? oldest : oldest.slice(0, young);
      const last = lines.at(-1);
      if (!last) return 0;
      const seq = Number(last.seq);
      await manager.query('DELETE FROM audit_lines WHERE replica = $1 AND seq <= $2', [replica, seq]);
      // the newest one stays: it says how far the chain had come
      const [first] = await manager.query<{ number: string }[]>(
        `SELECT number FROM audit_checkpoints WHERE replica = $1 AND kind = 'head'
         ORDER BY seq < $2, CASE WHEN seq < $2 THEN -number ELSE number END LIMIT 1`,
        [replica, seq],
      );
      const number = Number(first?.number ?? 1) - 1;
      const statement: Statement = { replica, kind: 'cut', number, seq, hash: last.hash };
      await manager.query(
        `DELETE FROM audit_checkpoints WHERE replica = $1 AND (kind = 'cut' OR (kind = 'head' AND number <= $2))`,
        [replica, number],
      );
      await manager.query(
        `INSERT INTO audit_checkpoints (replica, kind, number, seq, hash, key_id, signature)
         VALUES ($1, 'cut', $2, $3, $4, $5, $6)`,
        [replica, number, seq, last.hash, this.seal.keyId, this.seal.sign(statement)],
      );
      return lines.length;
    });
  }
}
