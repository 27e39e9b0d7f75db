import { Inject, Injectable } from '@nestjs/common';
import { ThrottlerStorage } from '@nestjs/throttler';
import type { Caller, OperationError } from '#libs/kit';
import { limited } from './limited.js';
import { ThrottlingSettings } from './throttling.settings.js';

const MINUTE_MS = 60_000;

/** Counts changes to the gateway itself that come through no route, in the budget that the routes have too. */
@Injectable()
export class AdminChanges {
  constructor(
    @Inject(ThrottlerStorage) private readonly storage: ThrottlerStorage,
    private readonly settings: ThrottlingSettings,
  ) {}

  /** Throws `limited` where the caller has made as many in a minute as it may. */
  async count(caller: Caller): Promise<void> {
    const limit = this.settings.maxAdminChangesPerMinute;
    if (limit === 0) return;
    const record = await this.storage.increment(caller.id, MINUTE_MS, limit, 0, 'default');
    if (record.isBlocked) throw tooManyChanges(caller, limit, record.timeToBlockExpire);
  }
}

export function tooManyChanges({ subject }: Caller, limit: number, retryAfterSeconds: number): OperationError {
  const what = `${subject} has made the ${limit} changes to this gateway that it may in a minute`;
  return limited(what, 'adminChangesPerMinute', limit, Math.round(retryAfterSeconds * 1_000));
}
