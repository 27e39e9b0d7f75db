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

/** Signs checkpoints with a key that is derived from the gateway's secret, and tells whether a signature is its own. */
@Injectable()
export class CheckpointSeal {
  private readonly key: Buffer;
  /** Tells which key signed, and nothing about the key. */
  readonly keyId: string;
  /** Of the secret before, while that is given. */
  readonly previousKeyId: string | undefined;
  private readonly keys: Map<string, Buffer>;

  constructor(secretKey: SecretKey) {
    this.key = secretKey.derive('audit-checkpoint');
    this.keyId = secretKey.derive('audit-checkpoint-id', 8).toString('hex');
    const previous = secretKey.derivePrevious('audit-checkpoint');
    this.previousKeyId = secretKey.derivePrevious('audit-checkpoint-id', 8)?.toString('hex');
    this.keys = new Map([[this.keyId, this.key]]);
    if (previous && this.previousKeyId !== undefined) this.keys.set(this.previousKeyId, previous);
  }

  sign(statement: Statement, key = this.key): string {
    const { replica, kind, number, seq, hash } = statement;
    return createHmac('sha256', key)
      .update(JSON.stringify([replica, kind, number, seq, hash]))
      .digest('hex');
  }

  /** Why a statement is not to be believed; undefined for one that is. */
  fault(sealed: SealedStatement): string | undefined {
    const key = this.keys.get(sealed.keyId);
    if (!key) return 'a checkpoint was signed with a key that this gateway does not have';
    const [given, own] = [Buffer.from(sealed.signature), Buffer.from(this.sign(sealed, key))];
    return given.length === own.length && timingSafeEqual(given, own) ? undefined : 'a checkpoint’s signature is wrong';
  }
}
