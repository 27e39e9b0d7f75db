import { lookup, type LookupAddress } from 'node:dns';
import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';

/** Names asked for at once: as many as node gives threads to, of the four that files and compression need too. */
const AT_ONCE = 2;
const MAX_WAITING = 500;

/** Whether somebody still waits for a name. */
export type IsWanted = () => boolean;

/** A name that was asked for and is not answered. */
class UnansweredName {
  readonly addresses: Promise<LookupAddress[]>;
  readonly wantedBy = new Set<IsWanted>();
  settle!: { resolve(addresses: LookupAddress[]): void; reject(error: Error): void };

  constructor(readonly name: string) {
    this.addresses = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
  }

  get isWanted(): boolean {
    for (const isWanted of this.wantedBy) if (isWanted()) return true;
    return false;
  }
}

/**
 * Resolves names as the system does, its hosts file and search list included. Domains take turns, and each has one name
 * asked for at a time: a name server that does not answer stops its own names and no others.
 */
@Injectable()
export class NameResolver {
  private readonly unanswered = new Map<string, UnansweredName>();
  /** By their domain; the one whose turn is next comes first. */
  private readonly waiting = new Map<string, UnansweredName[]>();
  private readonly running = new Set<string>();

  /**
   * All addresses of a name, of both families. Rejects with the system's error; with a retryable `unavailable` where too
   * many names wait, or where nobody wants this one any more when its turn comes.
   */
  resolve(name: string, isWanted: IsWanted = () => true): Promise<LookupAddress[]> {
    const asked = this.unanswered.get(name) ?? this.ask(name);
    asked.wantedBy.add(isWanted);
    this.takeTurns();
    return asked.addresses;
  }

  private ask(name: string): UnansweredName {
    const asked = new UnansweredName(name);
    if (this.countWaiting() >= MAX_WAITING) this.dropUnwanted();
    if (this.countWaiting() >= MAX_WAITING) {
      asked.settle.reject(notResolved('Too many names wait to be resolved'));
      return asked;
    }
    this.unanswered.set(name, asked);
    const domain = domainOf(name);
    const others = this.waiting.get(domain);
    if (others) others.push(asked);
    else this.waiting.set(domain, [asked]);
    return asked;
  }

  private countWaiting(): number {
    return this.unanswered.size - this.running.size;
  }

  private takeTurns(): void {
    for (const [domain, names] of this.waiting) {
      if (this.running.size >= AT_ONCE) return;
      if (this.running.has(domain)) continue;
      const next = this.nextWanted(names);
      // what is left of it comes behind all others
      this.waiting.delete(domain);
      if (names.length > 0) this.waiting.set(domain, names);
      if (next) this.run(next, domain);
    }
  }

  private nextWanted(names: UnansweredName[]): UnansweredName | undefined {
    for (let next = names.shift(); next; next = names.shift()) {
      if (next.isWanted) return next;
      this.drop(next);
    }
    return undefined;
  }

  private dropUnwanted(): void {
    for (const [domain, names] of this.waiting) {
      for (const one of names) if (!one.isWanted) this.drop(one);
      const wanted = names.filter(({ name }) => this.unanswered.has(name));
      if (wanted.length > 0) this.waiting.set(domain, wanted);
      else this.waiting.delete(domain);
    }
  }

  private drop(asked: UnansweredName): void {
    this.unanswered.delete(asked.name);
    asked.settle.reject(notResolved('Nobody waits for this name any more'));
  }

  private run(asked: UnansweredName, domain: string): void {
    this.running.add(domain);
    lookup(asked.name, { all: true }, (error, addresses) => {
      this.running.delete(domain);
      this.unanswered.delete(asked.name);
      if (error) asked.settle.reject(error);
      else asked.settle.resolve(addresses);
      this.takeTurns();
    });
  }
}

/** What one name server answers for, nearly: who has a domain can make any number of names in it. */
function domainOf(name: string): string {
  return name.split('.').slice(-2).join('.');
}

function notResolved(why: string): OperationError {
  return new OperationError('unavailable', `${why}; try again soon`, { retryable: true });
}
