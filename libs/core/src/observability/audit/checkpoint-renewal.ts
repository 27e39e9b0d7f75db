import { Injectable } from '@nestjs/common';
import { SecretKey } from '../../store/secret-key.js';
import { Store } from '../../store/store.js';
import { CHECKPOINT_COLUMNS, type CheckpointRow } from './audit-store.js';
import { CheckpointSeal } from './checkpoint-seal.js';

/** Signs checkpoints of an older MCP_SECRET_KEY anew, so that the audit verifies once that is gone. */
@Injectable()
export class CheckpointRenewal {
  constructor(
    private readonly store: Store,
    private readonly seal: CheckpointSeal,
    secretKey: SecretKey,
  ) {
    store.onReady(() => this.renew());
    secretKey.onRenewal(() => this.renew());
  }

  private async renew(): Promise<void> {
    const { olderKeyIds } = this.seal;
    if (olderKeyIds.length === 0) return;
    await this.store.run(async (manager) => {
      const rows = await manager.query<CheckpointRow[]>(
        `SELECT ${CHECKPOINT_COLUMNS} FROM audit_checkpoints WHERE key_id = ANY($1)`,
        [olderKeyIds],
      );
      for (const row of rows) {
        const statement = { ...row, number: Number(row.number), seq: Number(row.seq) };
        // one that is not to be believed stays as it is, for the verification to find
        if (this.seal.fault(statement) !== undefined) continue;
        await manager.query(
          `UPDATE audit_checkpoints SET key_id = $1, signature = $2
            WHERE replica = $3 AND kind = $4 AND number = $5 AND signature = $6`,
          [this.seal.keyId, this.seal.sign(statement), row.replica, row.kind, row.number, row.signature],
        );
      }
    });
  }
}
