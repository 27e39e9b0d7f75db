import { Injectable } from '@nestjs/common';
import { SecretKey } from '../../store/secret-key.js';
import { Store } from '../../store/store.js';
import { CHECKPOINT_COLUMNS, type CheckpointRow } from './audit-store.js';
import { CheckpointSeal } from './checkpoint-seal.js';

const BATCH = 2_000;

/** Along the primary key: those that stay as they are come only once. */
const OLDER = `
  SELECT ${CHECKPOINT_COLUMNS} FROM audit_checkpoints
  WHERE key_id = ANY($1) AND (replica, kind, audit_checkpoints.number) > ($2, $3, $4::bigint)
  ORDER BY replica, kind, audit_checkpoints.number LIMIT ${BATCH}`;

const SIGN = `
  UPDATE audit_checkpoints SET key_id = $1, signature = given.made
  FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[]) AS given (replica, kind, number, before, made)
  WHERE audit_checkpoints.replica = given.replica AND audit_checkpoints.kind = given.kind
    AND audit_checkpoints.number = given.number AND audit_checkpoints.signature = given.before`;

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
    let place: unknown[] = ['', '', 0];
    for (let isMore = true; isMore;) {
      const rows = await this.store.run((manager) => manager.query<CheckpointRow[]>(OLDER, [olderKeyIds, ...place]));
      await this.signAnew(rows);
      const last = rows.at(-1);
      if (last) place = [last.replica, last.kind, last.number];
      isMore = rows.length === BATCH;
    }
  }

  private async signAnew(rows: readonly CheckpointRow[]): Promise<void> {
    const statements = rows.map((row) => ({ ...row, number: Number(row.number), seq: Number(row.seq) }));
    // one that is not to be believed stays as it is, for the verification to find
    const sound = statements.filter((statement) => this.seal.fault(statement) === undefined);
    if (sound.length === 0) return;
    await this.store.run((manager) =>
      manager.query(SIGN, [
        this.seal.keyId,
        sound.map(({ replica }) => replica),
        sound.map(({ kind }) => kind),
        sound.map(({ number }) => number),
        sound.map(({ signature }) => signature),
        sound.map((statement) => this.seal.sign(statement)),
      ]),
    );
  }
}
