import { Injectable } from '@nestjs/common';
import { UpstreamGrantEntity } from '../../store/entities/upstream-grant.entity.js';
import { SecretKey } from '../../store/secret-key.js';
import { Store } from '../../store/store.js';
import { TextSeal } from '../../store/text-seal.js';
import type { Grant } from './grant.js';

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

  async read(upstream: string, callerId: string): Promise<Grant> {
    const row = await this.store.run((manager) => manager.findOneBy(UpstreamGrantEntity, { upstream, callerId }));
    return this.opened(row);
  }

  /** Changes one, while nobody else can. What `work` throws leaves it as it was. */
  change(upstream: string, callerId: string, work: (grant: Grant) => Promise<Grant>): Promise<Grant> {
    return this.store.run((manager) =>
      manager.transaction(async (one) => {
        const place = placeOf(upstream, callerId);
        await one.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`upstream-grant ${place}`]);
        const row = await one.findOneBy(UpstreamGrantEntity, { upstream, callerId });
        const next = await work(this.opened(row));
        const sealed = this.seal.seal(JSON.stringify(next), place);
        await one.upsert(UpstreamGrantEntity, { upstream, callerId, sealed, updatedAt: new Date() }, [
          'upstream',
          'callerId',
        ]);
        return next;
      }),
    );
  }

  /** Nothing, for one that was sealed under a secret that is gone. */
  private opened(row: UpstreamGrantEntity | null): Grant {
    const text = row && this.seal.open(row.sealed, placeOf(row.upstream, row.callerId));
    return text === null || text === undefined ? {} : (JSON.parse(text) as Grant);
  }
}

function placeOf(upstream: string, callerId: string): string {
  return JSON.stringify([upstream, callerId]);
}
