import { Injectable } from '@nestjs/common';
import { ApiKeys } from '../access/api-keys.js';
import { Authenticator } from '../access/authenticator.js';
import { isExpired } from '../access/key-record.js';
import { CallStatistics } from '../execution/call-statistics.js';
import { ThrottlingStatistics } from '../throttling/throttling-statistics.js';

/** Who was kept out since the start, and how many keys let in. */
@Injectable()
export class SecurityStatistics {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly keys: ApiKeys,
    private readonly calls: CallStatistics,
    private readonly throttling: ThrottlingStatistics,
  ) {}

  snapshot() {
    return {
      authFailures: this.authenticator.failures,
      blockedAddresses: this.throttling.blockedAddresses,
      rateLimited: this.throttling.rateLimited,
      activeKeys: this.keys.list().filter((record) => !isExpired(record)).length,
      deniedCalls: this.calls.denied,
    };
  }
}
