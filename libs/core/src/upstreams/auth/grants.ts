import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { UpstreamGrantEntity } from '../../store/entities/upstream-grant.entity.js';
import { SecretKey } from '../../store/secret-key.js';
import { Store } from '../../store/store.js';
import { TextSeal } from '../../store/text-seal.js';
import type { Grant } from './grant.js';

/** What a turn may take: several requests, to servers that may be slow. */
const TURN_MS = 30_000;
/** How long a gateway that died in its turn holds others up. What is written at the end has the rest of it. */
const HELD_MS = TURN_MS + 15_000;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1_000;

/** By the clock of the store, which all replicas share. */
const TAKE = `
  INSERT INTO upstream_grants (upstream, caller_id, sealed, updated_at, taken_by, taken_until)
  VALUES ($1, $2, $3, now(), $4, now() + ${HELD_MS} * interval '1 ms')
  ON CONFLICT (upstream, caller_id) DO UPDATE SET taken_by = excluded.taken_by, taken_until = excluded.taken_until
  WHERE upstream_grants.taken_until IS NULL OR upstream_grants.taken_until < now()
  RETURNING sealed`;

/** Whose grant, and for which server: an upstream's name stays where its URL changes. */
export interface GrantPlace {
  readonly upstream: string;
  readonly callerId: string;
  readonly serverUrl: string;
}

/** Ends what it does when `signal` says so; answers the very grant that it was given where there was nothing to do. */
type Work = (grant: Grant, signal: AbortSignal) => Promise<Grant>;

/** What callers have granted, sealed in the store. Replicas take turns, so that a token is refreshed once. */
@Injectable()
export class Grants {
  private readonly seal: TextSeal;

  constructor(
    private readonly store: Store,
    secretKey: SecretKey,
  ) {
    this.seal = new TextSeal(secretKey, 'upstream-grants');
  }

  async read(place: GrantPlace): Promise<Grant> {
    const { upstream, callerId } = place;
    const row = await this.store.run((manager) => manager.findOneBy(UpstreamGrantEntity, { upstream, callerId }));
    return row ? this.opened(row.sealed, place) : {};
  }

  /**
   * Changes one, while nobody else does; no connection of the store is held meanwhile. What `work` throws leaves it as it
   * was. Rejects with `unavailable` where others take too long, or where it was removed in between.
   */
  async change(place: GrantPlace, work: Work): Promise<Grant> {
    const turn = randomUUID();
    const { grant, signal } = await this.take(place, turn);
    let next: Grant;
    try {
      next = await work(grant, signal);
    } catch (error) {
      await this.release(place, turn);
      throw error;
    }
    if (next === grant) {
      await this.release(place, turn);
      return grant;
    }
    const kept = { ...next, server: place.serverUrl };
    if (!(await this.write(place, turn, kept))) throw overtaken(place.upstream);
    return kept;
  }

  private async take(place: GrantPlace, turn: string): Promise<{ grant: Grant; signal: AbortSignal }> {
    const { upstream, callerId } = place;
    const nothing = this.seal.seal('{}', sealPlaceOf(place));
    const giveUpAt = performance.now() + HELD_MS;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      // from before the store counts, so that it ends sooner there
      const signal = AbortSignal.timeout(TURN_MS);
      const [row] = await this.store.run((manager) =>
        manager.query<{ sealed: string }[]>(TAKE, [upstream, callerId, nothing, turn]),
      );
      if (row) return { grant: this.opened(row.sealed, place), signal };
      if (performance.now() + waitMs > giveUpAt) throw overtaken(upstream);
      await sleep(waitMs);
    }
  }

  /** Whether the turn was not over, or the grant gone, before this. */
  private async write(place: GrantPlace, turn: string, grant: Grant): Promise<boolean> {
    const sealed = this.seal.seal(JSON.stringify(grant), sealPlaceOf(place));
    return this.end(place, turn, { sealed, updatedAt: new Date() });
  }

  /** Where the store is away, the turn ends by itself. */
  private async release(place: GrantPlace, turn: string): Promise<void> {
    await this.end(place, turn, {}).catch(() => false);
  }

  private async end({ upstream, callerId }: GrantPlace, turn: string, more: Partial<UpstreamGrantEntity>) {
    const ended = { ...more, takenBy: null, takenUntil: null };
    const { affected } = await this.store.run((manager) =>
      manager.update(UpstreamGrantEntity, { upstream, callerId, takenBy: turn }, ended),
    );
    return affected === 1;
  }

  /** Nothing, for one that was sealed under a secret that is gone, or was given for another server. */
  private opened(sealed: string, place: GrantPlace): Grant {
    const text = this.seal.open(sealed, sealPlaceOf(place));
    const grant = text === undefined ? {} : (JSON.parse(text) as Grant);
    return grant.server === place.serverUrl ? grant : {};
  }
}

function sealPlaceOf({ upstream, callerId }: GrantPlace): string {
  return JSON.stringify([upstream, callerId]);
}

function overtaken(upstream: string): OperationError {
  const message = `The authorization of the upstream ${upstream} is changed by somebody else at this moment; retry soon`;
  return new OperationError('unavailable', message, { retryable: true, retryAfterMs: 1_000 });
}
