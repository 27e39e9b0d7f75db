import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { ApiKeys } from '../access/api-keys.js';
import { TrustedNetwork } from '../access/trusted-network.js';
import { Catalog } from '../catalog/catalog.js';
import { PastCalls, type CallsOfOne } from '../observability/audit/past-calls.js';
import type { Plan } from './config-plan.js';
import { DecidingConfigs } from './deciding-configs.js';
import { decide, isOtherwise, type DecidingConfig, type Outcome } from './decision.js';

const WEEK_MS = 7 * 86_400_000;

interface DecidedOtherwise {
  caller: string;
  operation: string;
  count: number;
  before: Outcome;
  after: Outcome;
  because: string[];
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
    const pairs = await this.calls.since(new Date(Date.now() - WEEK_MS));
    const decided = pairs.flatMap((pair) => this.again(pair, callers, before, after) ?? []);
    return {
      checked: decided.length,
      skipped: pairs.length - decided.length,
      otherwise: decided.filter(({ isOther }) => isOther).map(({ isOther: _, ...told }) => told),
    };
  }

  private again(
    { caller: id, service, operation: name, count }: CallsOfOne,
    callers: ReadonlyMap<string, Caller>,
    before: DecidingConfig,
    after: DecidingConfig,
  ): (DecidedOtherwise & { isOther: boolean }) | undefined {
    const caller = callers.get(id);
    const operation = this.catalog.known(`${service}.${name}`);
    if (!caller || !operation) return undefined;
    const was = decide(before, caller, operation);
    const is = decide(after, caller, operation);
    return {
      caller: id,
      operation: operation.id,
      count,
      before: was.outcome,
      after: is.outcome,
      because: is.because,
      isOther: isOtherwise(was, is),
    };
  }
}
