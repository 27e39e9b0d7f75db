import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { bodyOf, canonicalText, FIRST_HASH, nextHash } from './audit-line.js';
import { AuditStore, checkpointsOf, LINE, lineOf, type LineRow, type StoredLine } from './audit-store.js';
import { CheckpointSeal, type SealedStatement } from './checkpoint-seal.js';

/** The first thing in a chain that is not as it was written. */
export interface BadPlace {
  replica: string;
  seq: number;
  /** Of the line, where there is one. */
  id?: string;
  reason: string;
}

export interface Verdict {
  valid: boolean;
  /** Lines. */
  checked: number;
  chains: number;
  firstBad?: BadPlace;
}

const PAGE = 500;

/** Recomputes every chain in the store and holds it against its signed checkpoints. */
@Injectable()
export class AuditVerifier {
  constructor(
    private readonly store: AuditStore,
    private readonly seal: CheckpointSeal,
  ) {}

  /** `reached` is where a chain must have come to at least, by what is known apart from the store. */
  verify(reached: { replica: string; seq: number }): Promise<Verdict> {
    return this.store.snapshot(async (manager) => {
      const replicas = await replicasIn(manager);
      if (reached.seq > 0 && !replicas.includes(reached.replica)) replicas.push(reached.replica);
      let checked = 0;
      let firstBad: BadPlace | undefined;
      for (const replica of replicas) {
        const chain = new ChainCheck(replica, await checkpointsOf(manager, replica), this.seal);
        await chain.run(manager, reached.replica === replica ? reached.seq : 0);
        checked += chain.checked;
        firstBad ??= chain.bad;
      }
      return { valid: firstBad === undefined, checked, chains: replicas.length, ...(firstBad && { firstBad }) };
    });
  }
}

/** Every chain of which there is a line or a checkpoint; jumps from one to the next through the index. */
export async function replicasIn(manager: EntityManager): Promise<string[]> {
  const rows = await manager.query<{ replica: string }[]>(`
    WITH RECURSIVE chain AS (
      (SELECT replica FROM audit_lines ORDER BY replica LIMIT 1)
      UNION ALL
      SELECT (SELECT line.replica FROM audit_lines line WHERE line.replica > chain.replica ORDER BY line.replica LIMIT 1)
      FROM chain WHERE chain.replica IS NOT NULL
    )
    SELECT replica FROM chain WHERE replica IS NOT NULL UNION SELECT replica FROM audit_checkpoints ORDER BY replica`);
  return rows.map(({ replica }) => replica);
}

/** One chain, from its beginning or its cut to its last line. */
class ChainCheck {
  checked = 0;
  bad: BadPlace | undefined;
  private readonly heads = new Map<number, SealedStatement>();
  private readonly lastHead: number;
  private seq = 0;
  private hash = FIRST_HASH;

  constructor(
    private readonly replica: string,
    checkpoints: readonly SealedStatement[],
    seal: CheckpointSeal,
  ) {
    let number = 0;
    let lastHead = 0;
    for (const checkpoint of checkpoints) {
      const { kind, seq, hash } = checkpoint;
      const fault = seal.fault(checkpoint);
      if (fault !== undefined) this.fail(seq, fault);
      if (kind === 'cut') [this.seq, this.hash] = [seq, hash];
      else {
        if (checkpoint.number !== number + 1) this.fail(seq, 'a checkpoint before this one is missing');
        this.heads.set(seq, checkpoint);
        lastHead = Math.max(lastHead, seq);
      }
      number = checkpoint.number;
    }
    this.lastHead = Math.max(this.seq, lastHead);
    this.compareWithHead();
  }

  /** Reads the lines page by page, so that neither memory nor the event loop is held for long. */
  async run(manager: EntityManager, reached: number): Promise<void> {
    const sql = `SELECT ${LINE} FROM audit_lines WHERE replica = $1 AND seq > $2 ORDER BY seq LIMIT ${PAGE}`;
    for (let isMore = true, after = -1; isMore && !this.isDone;) {
      const rows = await manager.query<LineRow[]>(sql, [this.replica, after]);
      for (const row of rows) {
        if (!this.isDone) this.check(lineOf(row));
      }
      after = Number(rows.at(-1)?.seq);
      isMore = rows.length === PAGE;
    }
    if (this.isDone) return;
    const end = Math.max(this.lastHead, reached);
    if (this.seq < end) this.fail(this.seq + 1, 'the lines from here on are missing');
    else if (this.lastHead < this.seq) this.fail(this.lastHead + 1, 'the checkpoint that covers this line is missing');
  }

  /** Whether nothing before what is known to be bad is left to look at. */
  private get isDone(): boolean {
    return this.bad !== undefined && this.bad.seq <= this.seq + 1;
  }

  private check(line: StoredLine): void {
    const { seq, hash } = line;
    const id = `${this.replica}-${seq}`;
    if (seq > this.seq + 1) this.fail(this.seq + 1, 'a line is missing');
    else if (seq <= this.seq) this.fail(seq, 'a line stands where the chain was cut', id);
    else {
      this.hash = nextHash(this.hash, canonicalText(this.replica, seq, bodyOf(line)));
      this.seq = seq;
      this.checked += 1;
      if (hash !== this.hash) this.fail(seq, 'the line is not what was written', id);
      else this.compareWithHead(id);
    }
  }

  private compareWithHead(id?: string): void {
    const head = this.heads.get(this.seq);
    if (head && head.hash !== this.hash) this.fail(this.seq, 'the line is not what its checkpoint says', id);
  }

  /** The earliest place counts, whatever is found first. */
  private fail(seq: number, reason: string, id?: string): void {
    if (this.bad && this.bad.seq <= seq) return;
    this.bad = { replica: this.replica, seq, ...(id !== undefined && { id }), reason };
  }
}
