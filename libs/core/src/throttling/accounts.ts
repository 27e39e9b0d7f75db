import type { Caller, CallerBudget } from '#libs/kit';
import { Account, type Holder } from './account.js';
import { ActiveKeys } from './active-keys.js';
import { budgetOf, unlimited, type Budget } from './budget.js';
import { LimitTable, type SharedBudget } from './limit-table.js';
import type { ThrottlingSettings } from './throttling.settings.js';
import type { LimitedOperation } from './waiter.js';

/** The accounts that calls are counted in, each with what it may hold as the settings are now. */
export class Accounts {
  private readonly callers: ActiveKeys<Account>;
  private readonly teams: ActiveKeys<Account>;
  private readonly services: ActiveKeys<Account>;
  private readonly operations: ActiveKeys<Account>;
  /** Of single callers, by the service or operation of which they have a share. */
  private readonly shares = new Map<string, ActiveKeys<Account>>();
  private table: LimitTable;
  private source: ThrottlingSettings['limits'];
  /** What callers have that have nothing of their own: the same for all, made anew when a setting changes. */
  private general: Budget;

  constructor(private readonly settings: ThrottlingSettings) {
    this.source = settings.limits;
    this.table = new LimitTable(this.source);
    this.general = budgetOf(this.ofAll());
    this.callers = this.holders((caller) => ({ scope: 'caller', name: '', caller }));
    this.teams = this.holders((name) => ({ scope: 'team', name }));
    this.services = this.holders((name) => ({ scope: 'service', name }));
    this.operations = this.holders((name) => ({ scope: 'operation', name }));
  }

  /** Callers that are remembered now. */
  get callerCount(): number {
    return this.callers.size;
  }

  /** Every account that is remembered. */
  *all(): Iterable<Account> {
    yield* this.callers.values();
    yield* this.allShared();
  }

  /** The account of a holder, where it is remembered. */
  find({ scope, name, caller = '' }: Holder): Account | undefined {
    if (scope === 'caller') return this.callers.find(caller);
    if (scope === 'team') return this.teams.find(name);
    if (caller !== '') return this.shares.get(`${scope} ${name}`)?.find(caller);
    return (scope === 'service' ? this.services : this.operations).find(name);
  }

  /** Those of a caller, whatever it calls: its own and its team's. */
  ofCaller(caller: Caller, now: number): readonly Account[] {
    this.takeOverSettings();
    const account = this.callers.findOrCreate(caller.id, now);
    account.subject = caller.subject;
    const { limits: own, team } = caller;
    const { general } = this;
    if (account.general !== general || account.own !== own) {
      account.general = general;
      account.own = own;
      account.budget = this.budgetOf(caller);
    }
    const budget = team === undefined ? undefined : this.table.team(team);
    if (!budget || team === undefined) return account.alone;
    return [account, withBudget(this.teams.findOrCreate(team, now), budget)];
  }

  private budgetOf({ id, limits: own }: Caller): Budget {
    const named = this.table.caller(id);
    return own || named ? budgetOf({ ...this.ofAll(), ...named, ...own }) : this.general;
  }

  /** All that a call is counted in. */
  ofCall(caller: Caller, operation: LimitedOperation, now: number): readonly Account[] {
    const own = this.ofCaller(caller, now);
    const { table } = this;
    if (table.isOfCallersAlone) return own;
    const accounts = [...own];
    const { id, service } = operation;
    this.addShared('service', service, table.service(service), caller, now, accounts);
    this.addShared('operation', id, table.operation(id), caller, now, accounts);
    return accounts;
  }

  private addShared(
    scope: 'service' | 'operation',
    name: string,
    budget: SharedBudget | undefined,
    caller: Caller,
    now: number,
    accounts: Account[],
  ): void {
    if (!budget) return;
    const held = scope === 'service' ? this.services : this.operations;
    accounts.push(withBudget(held.findOrCreate(name, now), budget.all));
    if (!budget.eachCaller) return;
    const share = this.sharesOf(scope, name).findOrCreate(caller.id, now);
    share.subject = caller.subject;
    accounts.push(withBudget(share, budget.eachCaller));
  }

  private sharesOf(scope: 'service' | 'operation', name: string): ActiveKeys<Account> {
    const key = `${scope} ${name}`;
    let shares = this.shares.get(key);
    if (!shares) {
      shares = this.holders((caller) => ({ scope, name, caller }));
      this.shares.set(key, shares);
    }
    return shares;
  }

  private holders(holderOf: (key: string) => Holder): ActiveKeys<Account> {
    return new ActiveKeys((key) => new Account(holderOf(key), this.settings.rateLimitWindowMs));
  }

  private *allShared(): Iterable<Account> {
    for (const held of [this.teams, this.services, this.operations, ...this.shares.values()]) yield* held.values();
  }

  private takeOverSettings(): void {
    const { settings, general } = this;
    if (this.source !== settings.limits) {
      this.source = settings.limits;
      this.table = new LimitTable(this.source);
      // one that is not limited any more would keep what it had
      for (const account of this.allShared()) account.budget = unlimited;
    } else if (
      general.perMinute === settings.maxRequestsPerMinute &&
      general.perHour === settings.maxRequestsPerHour &&
      general.concurrency === settings.maxConcurrentCalls &&
      general.tokensPerDay === settings.maxTokensPerDay
    ) {
      return;
    }
    this.general = budgetOf(this.ofAll());
  }

  private ofAll(): Required<Pick<CallerBudget, 'perMinute' | 'perHour' | 'concurrency' | 'tokensPerDay'>> {
    const { maxRequestsPerMinute, maxRequestsPerHour, maxConcurrentCalls, maxTokensPerDay } = this.settings;
    return {
      perMinute: maxRequestsPerMinute,
      perHour: maxRequestsPerHour,
      concurrency: maxConcurrentCalls,
      tokensPerDay: maxTokensPerDay,
    };
  }
}

function withBudget(account: Account, budget: Budget): Account {
  account.budget = budget;
  return account;
}
