import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { ReplicaId } from '../../replicas/replica-id.js';
import { SharedRedis } from '../../replicas/shared-redis.js';
import type { Account } from '../account.js';
import { leasePlaces } from './places-script.js';

/** How long the places of a replica that is gone are missing. */
const LEASE_MS = 10_000;
const TIDY_EVERY_MS = 1_000;
/** A lease is made longer when this much of it is over. */
const RENEW_AFTER_MS = 3_000;
/** How soon a line that stands because others have all places looks again. */
const LOOK_AGAIN_MS = 50;

/** What this replica knows of its places of one account. */
interface Held {
  isAsking: boolean;
  /** Whether something has changed since it was asked. */
  isWanted: boolean;
  leasedAt: number;
  /** Whether others would miss what is not used here. */
  isTight: boolean;
  lookingAgain: NodeJS.Timeout | undefined;
}

/**
 * Makes concurrency one for all replicas, as far as Redis is there: a replica leases places, some more than it needs where
 * many are free, so that a call seldom waits for it. While Redis is away each replica gives what the limit says.
 */
@Injectable()
export class SharedPlaces implements BeforeApplicationShutdown {
  private readonly held = new Map<Account, Held>();
  private readonly tidying = setInterval(() => this.tidy(), TIDY_EVERY_MS).unref();
  private letIn: (account: Account) => void = () => undefined;

  constructor(
    private readonly redis: SharedRedis,
    private readonly id: ReplicaId,
  ) {}

  /** While Redis can still be told: others need not wait for the end of a lease. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.tidying);
    for (const { lookingAgain } of this.held.values()) clearTimeout(lookingAgain);
    await Promise.all([...this.held].map(async ([account, held]) => this.lease(account, held, 0)));
  }

  /** Has `letIn` run when an account may have got places. */
  onPlaces(letIn: (account: Account) => void): void {
    this.letIn = letIn;
  }

  /** Asks for places where accounts have too few for those who wait, and so many more. Never waits itself. */
  need(accounts: readonly Account[], coming: number): void {
    if (!this.redis.isConfigured) return;
    for (const account of accounts) {
      const { budget, running, waiting, places } = account;
      if (running >= budget.concurrency) continue; // without a limit, or with all of the places
      if (!this.redis.isReady) account.places = undefined;
      else if (places === undefined || running + waiting.size + coming > places) {
        void this.ask(account, waiting.size + coming);
      }
    }
  }

  /** That a call has left its place: others may miss it, or more may come here. */
  left(account: Account): void {
    if (account.waiting.size > 0) this.need([account], 0);
    else if (this.held.get(account)?.isTight) void this.ask(account, 0);
  }

  /** One question at a time; what changes meanwhile is in the next one. */
  private async ask(account: Account, needed: number): Promise<void> {
    const held = this.heldOf(account);
    held.isWanted = true;
    if (held.isAsking) return;
    held.isAsking = true;
    for (let more = needed; held.isWanted; more = account.waiting.size) {
      held.isWanted = false;
      await this.lease(account, held, more);
      this.letIn(account);
    }
    held.isAsking = false;
    if (account.waiting.size > 0) this.lookAgain(account, held);
  }

  private async lease(account: Account, held: Held, needed: number): Promise<void> {
    const { holder, running, budget } = account;
    // what is not in use may be gone with the answer
    account.places = running;
    const { scope, name, caller = '' } = holder;
    const args = [this.id.text, budget.concurrency, running, needed, LEASE_MS];
    try {
      const answer = await this.redis.runScript(leasePlaces, `places:${scope} ${name} ${caller}`, args);
      const [places, left] = answer as [number, number];
      account.places = places;
      held.leasedAt = performance.now();
      held.isTight = left < budget.concurrency / 4;
    } catch {
      account.places = undefined;
    }
  }

  private lookAgain(account: Account, held: Held): void {
    held.lookingAgain ??= setTimeout(() => {
      held.lookingAgain = undefined;
      if (account.waiting.size === 0) return;
      this.need([account], 0);
      this.letIn(account);
    }, LOOK_AGAIN_MS).unref();
  }

  /** Gives back what was not needed for a while, and keeps what is. */
  private tidy(): void {
    const now = performance.now();
    for (const [account, held] of this.held) {
      if (!this.redis.isReady) account.places = undefined;
      if (account.places === undefined || account.places === 0) {
        if (!held.isAsking && account.waiting.size === 0) this.held.delete(account);
      } else if (now - held.leasedAt > (account.running > 0 ? RENEW_AFTER_MS : TIDY_EVERY_MS)) {
        void this.ask(account, account.waiting.size);
      }
    }
  }

  private heldOf(account: Account): Held {
    let held = this.held.get(account);
    if (!held) {
      held = { isAsking: false, isWanted: false, leasedAt: 0, isTight: false, lookingAgain: undefined };
      this.held.set(account, held);
    }
    return held;
  }
}
