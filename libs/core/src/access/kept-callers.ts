import { Injectable } from '@nestjs/common';
import { OperationError, type Caller } from '#libs/kit';
import { ApiKeys } from './api-keys.js';
import { callerOf, LEEWAY_SECONDS } from './jwt-verifier.js';
import { isTakenFrom } from './key-record.js';
import { at, readOnly } from './located-callers.js';
import { TrustedNetwork } from './trusted-network.js';

/** Who has asked for something that is done later: no credential, and enough to know them again. Kept sealed. */
export type KeptCaller = { readonly address: string | undefined } & (
  | { readonly kind: 'local' }
  /**
   * `prefix` tells a key from the one that a rotation has put in its place, and is empty for one that was in its overlap
   * already; `hash` tells which one has retired.
   */
  | {
      readonly kind: 'key';
      readonly id: string;
      readonly prefix: string;
      readonly hash: string;
      readonly onlyReads: boolean;
    }
  | { readonly kind: 'jwt'; readonly claims: Readonly<Record<string, unknown>> }
);

/** Callers whose request is over, as they are now. */
@Injectable()
export class KeptCallers {
  constructor(
    private readonly keys: ApiKeys,
    private readonly trusted: TrustedNetwork,
  ) {}

  keep({ kind, id, address, claims = {}, onlyReads, byReplacedKey }: Caller): KeptCaller {
    if (kind === 'local') return { kind, address };
    if (kind === 'jwt') return { kind, address, claims };
    const record = this.keys.get(id);
    // nothing else is known any more of a key that has been replaced
    const { prefix, hash } = byReplacedKey ? { prefix: '', hash: record.retired?.hash ?? '' } : record;
    return { kind, address, id, prefix, hash, onlyReads: onlyReads === true };
  }

  /**
   * Throws `unauthenticated` for one who could not call now. A token can't be asked for again: it must be good when the
   * work begins, and what `hasBegun` is carried to its end.
   */
  now(kept: KeptCaller, hasBegun: boolean): Caller {
    const caller = this.find(kept, hasBegun);
    if (caller) return at({ address: kept.address ?? '', direct: kept.address !== undefined }, caller);
    throw new OperationError(
      'unauthenticated',
      'Who asked for this call could not call any more: the key was deleted or replaced, or the key or token has expired, ' +
        'or the address is not trusted now. Start it again with a good credential.',
    );
  }

  /** A caller whose stream is open, as it is now; undefined for one who could not open it any more. */
  again(caller: Caller): Caller | undefined {
    if (caller.kind === 'key' && !this.keys.isTaken(caller.id)) return undefined;
    const kept = this.keep(caller);
    const { address } = kept;
    return at({ address: address ?? '', direct: address !== undefined }, this.find(kept, false));
  }

  private find(kept: KeptCaller, hasBegun: boolean): Caller | undefined {
    if (kept.kind === 'local') {
      return kept.address !== undefined && this.trusted.stillTrusts(kept.address) ? this.trusted.local : undefined;
    }
    if (kept.kind === 'jwt') return hasBegun || !isOver(kept.claims) ? callerOf(kept.claims) : undefined;
    const record = this.keys.known(kept.id);
    if (!record) return undefined;
    const { prefix, retired } = record;
    const isRetiring = retired?.hash === kept.hash && retired.until.getTime() > Date.now();
    if (prefix !== kept.prefix && !isRetiring) return undefined;
    const address = kept.address ?? '';
    if (!isTakenFrom(record, { address, direct: kept.address !== undefined })) return undefined;
    return kept.onlyReads ? readOnly(record) : record.caller;
  }
}

function isOver({ exp }: Readonly<Record<string, unknown>>): boolean {
  return (Number(exp) + LEEWAY_SECONDS) * 1_000 <= Date.now();
}
