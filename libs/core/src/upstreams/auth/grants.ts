import { Injectable } from '@nestjs/common';
import { UpstreamGrantEntity } from '../../store/entities/upstream-grant.entity.js';
import { SecretKey } from '../../store/secret-key.js';
import { Store } from '../../store/store.js';
import { TextSeal } from '../../store/text-seal.js';
import type { Grant } from './grant.js';

/** Whose grant, and for which server: an upstream's name stays where its URL changes. */
export interface GrantPlace {
  readonly upstream: string;
  readonly callerId: string;
  readonly serverUrl: string;
}

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

  async read({ upstream, callerId, serverUrl }: GrantPlace): Promise<Grant> {
    const row = await this.store.run((manager) => manager.findOneBy(UpstreamGrantEntity, { upstream, callerId }));
    return this.opened(row, serverUrl);
  }

  /** Changes one, while nobody else can. What `work` throws leaves it as it was. */
  change({ upstream, callerId, serverUrl }: GrantPlace, work: (grant: Grant) => Promise<Grant>): Promise<Grant> {
    return this.store.run((manager) =>
      manager.transaction(async (one) => {
        const place = placeOf(upstream, callerId);
        await one.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`upstream-grant ${place}`]);
        const row = await one.findOneBy(UpstreamGrantEntity, { upstream, callerId });
        const next = { ...(await work(this.opened(row, serverUrl))), server: serverUrl };
        const sealed = this.seal.seal(JSON.stringify(next), place);
        await one.upsert(UpstreamGrantEntity, { upstream, callerId, sealed, updatedAt: new Date() }, [
          'upstream',
          'callerId',
        ]);
        return next;
      }),
    );
  }

  /** Nothing, for one that was sealed under a secret that is gone, or was given for another server. */
  private opened(row: UpstreamGrantEntity | null, serverUrl: string): Grant {
    const text = row && this.seal.open(row.sealed, placeOf(row.upstream, row.callerId));
    const grant = text === null || text === undefined ? {} : (JSON.parse(text) as Grant);
    return grant.server === serverUrl ? grant : {};
  }
}

function placeOf(upstream: string, callerId: string): string {
  return JSON.stringify([upstream, callerId]);
}
