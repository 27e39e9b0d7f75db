import { Injectable } from '@nestjs/common';
import { ApiKeys } from '../access/api-keys.js';
import { TrustedNetwork } from '../access/trusted-network.js';
import { Catalog } from '../catalog/catalog.js';
import { PastCalls } from '../observability/audit/past-calls.js';
import type { Plan } from './config-plan.js';
import { DecidingConfigs } from './deciding-configs.js';
import { decidedAgain, type DecidedAgain } from './decided-again.js';
import { decide } from './decision.js';

const WEEK_MS = 7 * 86_400_000;

/** Pairs of which the single calls are looked at, since rules look at their arguments. */
const MAX_LOOKS = 200;

interface DecidedOtherwise extends DecidedAgain {
  caller: string;
  operation: string;
}

export interface Replay {
  /** Distinct pairs of caller and operation that were decided again. */
  checked: number;
  /** Those that can't be: of keys that are gone, of tokens, of operations that there are no more. */
  skipped: number;
  otherwise: DecidedOtherwise[];
}

/** Decides the calls of the last week once more, as the configuration is and as it would be. */
@Injectable()
export class DecisionReplay {
  constructor(
    private readonly calls: PastCalls,
    private readonly catalog: Catalog,
    private readonly keys: ApiKeys,
    private readonly trusted: TrustedNetwork,
    private readonly deciding: DecidingConfigs,
  ) {}

  async of(plan: Plan): Promise<Replay> {
    const [before, after] = [this.deciding.now(), this.deciding.with(plan)];
    const callers = new Map(this.keys.list().map(({ id, caller }) => [id, caller]));
    callers.set('local', this.trusted.local);
    const since = new Date(Date.now() - WEEK_MS);
    const pairs = await this.calls.since(since);
    const replay: Replay = { checked: 0, skipped: 0, otherwise: [] };
    let looks = 0;
    for (const pair of pairs) {
      const caller = callers.get(pair.caller);
      const operation = this.catalog.known(`${pair.service}.${pair.operation}`);
      if (!caller || !operation) {
        replay.skipped += 1;
        continue;
      }
      replay.checked += 1;
      const again = (input?: Record<string, unknown>) => ({
        was: decide(before, caller, operation, input),
        is: decide(after, caller, operation, input),
      });
      const whole = again();
      const isOpen = [whole.was, whole.is].some(({ outcome }) => outcome === 'depends on the arguments');
      const alike = isOpen && (looks += 1) <= MAX_LOOKS ? await this.calls.alike(pair, since) : [];
      const about = { caller: pair.caller, operation: operation.id };
      for (const told of decidedAgain(pair.count, alike, operation, again))
        replay.otherwise.push({ ...about, ...told });
    }
    return replay;
  }
}
