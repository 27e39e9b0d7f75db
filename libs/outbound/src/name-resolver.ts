import { lookup, type LookupAddress } from 'node:dns';
import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';

/** Names asked for at once. Each holds one of the four threads that files and compression need too. */
const AT_ONCE = 2;
const MAX_WAITING = 500;

/** Resolves names as the system does, its hosts file and search list included. */
@Injectable()
export class NameResolver {
  private readonly running = new Map<string, Promise<LookupAddress[]>>();
  private readonly waiting: (() => void)[] = [];
  private free = AT_ONCE;

  /** All addresses of a name, of both families. Rejects with the system's error. */
  resolve(name: string): Promise<LookupAddress[]> {
    const known = this.running.get(name);
    if (known) return known;
    const resolving = this.ask(name).finally(() => this.running.delete(name));
    this.running.set(name, resolving);
    return resolving;
  }

  private async ask(name: string): Promise<LookupAddress[]> {
    await this.turn();
    try {
      return await new Promise((resolve, reject) => {
        lookup(name, { all: true }, (error, addresses) => {
          if (error) reject(error);
          else resolve(addresses);
        });
      });
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }

  private async turn(): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    if (this.waiting.length >= MAX_WAITING) {
      throw new OperationError('unavailable', 'Too many names wait to be resolved; try again soon', {
        retryable: true,
      });
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }
}
