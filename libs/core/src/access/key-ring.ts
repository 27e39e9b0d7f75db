import { hash as hashed, timingSafeEqual } from 'node:crypto';
import type { KeyHash, KeyPeppers } from './key-peppers.js';
import type { KeyRecord } from './key-record.js';

/** Digests of keys that are kept, those of deleted ones too. */
const MAX_FAMILIAR = 100_000;

/** By which keys are known that were recognised before; it costs a fraction of their hash, and vouches for nothing. */
export function digestOf(key: string): string {
  return hashed('sha256', key, 'binary');
}

/** A key that is taken, and until when (milliseconds since 1970). */
interface HeldKey {
  hash: string;
  record: KeyRecord;
  until: number;
}

/** What is known of a key that was presented or found. */
export interface FoundKey {
  record: KeyRecord;
  /** A rotation has put another one in its place. */
  isReplaced: boolean;
  /** Whether its overlap, if it has one, has ended. */
  isOver: boolean;
}

/** All keys in memory, by their id and by what is known of the keys themselves. */
export class KeyRing {
  private readonly byHash = new Map<string, HeldKey>();
  private readonly byId = new Map<string, KeyRecord>();
  /** Valid keys that were presented, by a digest that costs a fraction of the HMAC. Emptied by every change. */
  private readonly recognised = new Map<string, HeldKey>();
  /** Digests of keys that were valid once: unlike `recognised` they outlive changes, and vouch for nothing. */
  private readonly familiar = new Set<string>();

  /** `onOldHash` is told of a key that was found under an older pepper, and its hash under the one in force. */
  constructor(
    private readonly peppers: KeyPeppers,
    private readonly onOldHash: (record: KeyRecord, hash: KeyHash) => void,
  ) {}

  /** The record of a presented key, also where it is expired; `over` for a key that was replaced. */
  find(key: string, digest = digestOf(key)): KeyRecord | 'over' | undefined {
    const held = this.recognised.get(digest) ?? this.lookUp(key, digest);
    if (!held) return undefined;
    return Date.now() < held.until ? held.record : 'over';
  }

  /** The same for a key that nobody presents. */
  inspect(key: string): FoundKey | undefined {
    const held = this.heldUnderAny(key);
    if (!held) return undefined;
    const { record, hash, until } = held;
    return { record, isReplaced: hash !== record.hash, isOver: Date.now() >= until };
  }

  isFamiliar(key: string): boolean {
    return this.familiar.has(digestOf(key));
  }

  list(): KeyRecord[] {
    return [...this.byId.values()];
  }

  get(id: string): KeyRecord | undefined {
    return this.byId.get(id);
  }

  hold(record: KeyRecord): KeyRecord {
    this.forget(record.id);
    this.byId.set(record.id, record);
    this.take({ hash: record.hash, record, until: Number.POSITIVE_INFINITY });
    if (record.retired) {
      const { hash, until } = record.retired;
      this.take({ hash, record: byReplacedKey(record), until: until.getTime() });
    }
    return record;
  }

  forget(id: string): void {
    this.recognised.clear();
    const record = this.byId.get(id);
    for (const hash of [record?.hash, record?.retired?.hash]) {
      if (hash !== undefined && this.byHash.get(hash)?.record.id === id) this.byHash.delete(hash);
    }
    this.byId.delete(id);
  }

  /** Has every key looked up anew at its next use. */
  forgetUses(): void {
    this.recognised.clear();
  }

  private take(held: HeldKey): void {
    // a stored key that MCP_ADMIN_KEY names too stays the operator's
    if (!this.byHash.get(held.hash)?.record.fromEnvironment) this.byHash.set(held.hash, held);
  }

  private lookUp(key: string, digest: string): HeldKey | undefined {
    const held = this.heldUnderAny(key);
    if (!held) return undefined;
    this.recognised.set(digest, held);
    if (this.familiar.size < MAX_FAMILIAR) this.familiar.add(digest);
    const { record, hash } = held;
    if (hash === record.hash && this.peppers.olderIds.includes(record.pepperId)) {
      this.onOldHash(record, this.peppers.hash(key));
    }
    return held;
  }

  private heldUnderAny(key: string): HeldKey | undefined {
    for (const hash of this.peppers.hashes(key)) {
      const held = this.held(hash);
      if (held) return held;
    }
    return undefined;
  }

  private held(hash: string): HeldKey | undefined {
    const held = this.byHash.get(hash);
    return held && timingSafeEqual(Buffer.from(held.hash), Buffer.from(hash)) ? held : undefined;
  }
}

/** What such a caller has begun ends with the overlap, so that it must be told from one with the key in its place. */
function byReplacedKey(record: KeyRecord): KeyRecord {
  return { ...record, caller: { ...record.caller, byReplacedKey: true } };
}
