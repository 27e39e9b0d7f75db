import { Injectable, Logger } from '@nestjs/common';
import type { z } from 'zod';
import { OperationError, type Caller } from '#libs/kit';
import { ApiKeys } from '../access/api-keys.js';
import { displayPrefix, isWellFormedKey, looksLikeOurKey } from '../access/key-format.js';
import { isExpired } from '../access/key-record.js';
import type { FoundKey } from '../access/key-ring.js';
import type { foundKeys } from './key-fields.js';

/**
 * `active` and `overlap` let somebody in; `replaced` and `expired` did; `unknown` has the form of a key, but is none that
 * this gateway has: made elsewhere, or deleted.
 */
type Status = 'active' | 'overlap' | 'replaced' | 'expired' | 'unknown' | 'no key';

interface Verdict {
  prefix: string | null;
  wellFormed: boolean;
  status: Status;
  id: string | null;
  name: string | null;
  owner: string | null;
  revoked: boolean;
  /** Why a key that should be revoked was not. */
  problem: string | null;
}

/** Says of texts that were found in the open what they open, as secret scanners ask, and ends those that open anything. */
@Injectable()
export class FoundKeys {
  private readonly logger = new Logger('Keys');

  constructor(private readonly keys: ApiKeys) {}

  /** In the order in which they came; the texts themselves are in no answer. */
  async check({ keys, revoke }: z.output<typeof foundKeys>, caller: Caller): Promise<{ items: Verdict[] }> {
    const items: Verdict[] = [];
    for (const key of keys) items.push(await this.judge(key, revoke, caller));
    return { items };
  }

  private async judge(key: string, revoke: boolean, caller: Caller): Promise<Verdict> {
    const found = this.keys.inspect(key);
    const wellFormed = isWellFormedKey(key);
    const status = found ? statusOf(found) : wellFormed ? 'unknown' : 'no key';
    const { id = null, name = null, owner = null } = found?.record ?? {};
    const verdict: Verdict = {
      prefix: looksLikeOurKey(key) ? displayPrefix(key) : null,
      wellFormed,
      status,
      id,
      name,
      owner,
      revoked: false,
      problem: null,
    };
    if (!revoke || id === null || (status !== 'active' && status !== 'overlap')) return verdict;
    return { ...verdict, ...(await this.revoke(id, status, caller)) };
  }

  /** A key that was replaced loses its overlap; any other one is deleted. */
  private async revoke(id: string, status: 'active' | 'overlap', caller: Caller) {
    try {
      await (status === 'overlap' ? this.keys.endOverlap(id) : this.keys.remove(id));
    } catch (error) {
      if (!(error instanceof OperationError)) throw error;
      return { problem: error.message };
    }
    this.logger.warn(`A key that was found was revoked: ${id}, reported by ${caller.id}`);
    return { revoked: true };
  }
}

function statusOf({ record, isReplaced, isOver }: FoundKey): Status {
  if (isExpired(record)) return 'expired';
  if (!isReplaced) return 'active';
  return isOver ? 'replaced' : 'overlap';
}
