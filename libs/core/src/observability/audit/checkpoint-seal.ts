import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { SecretKey } from '../../store/secret-key.js';

/** What a checkpoint states: the chain's line with this number had this hash. */
export interface Statement {
  replica: string;
  /** `head`: the chain had come so far. `cut`: what is up to there was deleted by the retention. */
  kind: 'head' | 'cut';
  /** Of the checkpoint, from 1 and without gaps within the replica; of a cut: the last one that it took away. */
  number: number;
  seq: number;
  hash: string;
}

export interface SealedStatement extends Statement {
  keyId: string;
  signature: string;
}

const KEY = 'audit-checkpoint';
const ID = 'audit-checkpoint-id';
const ID_BYTES = 8;

/** Signs checkpoints with a key that is derived from the gateway's secret, and tells whether a signature is its own. */
@Injectable()
export class CheckpointSeal {
  constructor(private readonly secretKey: SecretKey) {}

  /** Tells which key signs, and nothing about the key. */
  get keyId(): string {
    return hex(this.secretKey.derive(ID, ID_BYTES));
  }

  /** Of the secrets before: what was signed with their keys is to be signed anew. */
  get olderKeyIds(): string[] {
    return this.secretKey.deriveOlder(ID, ID_BYTES).map(hex);
  }

  sign(statement: Statement, key = this.secretKey.derive(KEY)): string {
    const { replica, kind, number, seq, hash } = statement;
    return createHmac('sha256', key)
      .update(JSON.stringify([replica, kind, number, seq, hash]))
      .digest('hex');
  }

  /** Why a statement is not to be believed; undefined for one that is. */
  fault(sealed: SealedStatement): string | undefined {
    const place = this.secretKey.deriveAll(ID, ID_BYTES).findIndex((id) => hex(id) === sealed.keyId);
    const key = this.secretKey.deriveAll(KEY)[place];
    if (!key) return 'a checkpoint was signed with a key that this gateway does not have';
    const [given, own] = [Buffer.from(sealed.signature), Buffer.from(this.sign(sealed, key))];
    return given.length === own.length && timingSafeEqual(given, own) ? undefined : 'a checkpoint’s signature is wrong';
  }
}

function hex(id: Buffer): string {
  return id.toString('hex');
}
