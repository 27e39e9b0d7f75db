import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { HttpRequest } from '#libs/kit';
import { ApiKeys } from './api-keys.js';
import { Authenticator } from './authenticator.js';
import { BlockedAddresses } from './blocked-addresses.js';

/** How soon it is noticed that a token is over or an address is blocked; what hangs on it is closed within a second. */
const CHECK_MS = 500;

interface Held {
  readonly request: HttpRequest;
  readonly end: () => void;
}

/** Ends what stays open after its request was let in, once that request would be let in no longer. */
@Injectable()
export class CredentialWatch implements OnApplicationShutdown {
  private readonly open = new Set<Held>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly blocked: BlockedAddresses,
    keys: ApiKeys,
  ) {
    keys.ends.onEnd(() => {
      this.check();
    });
  }

  /** Answers what to call when it has ended by itself. */
  hold(request: HttpRequest, end: () => void): () => void {
    const held = { request, end };
    this.open.add(held);
    this.timer ??= setInterval(() => {
      this.check();
    }, CHECK_MS).unref();
    return () => {
      this.open.delete(held);
      if (this.open.size === 0) this.onApplicationShutdown();
    };
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private check(): void {
    for (const held of this.open) void this.checkOne(held);
  }

  private async checkOne({ request, end }: Held): Promise<void> {
    if (this.blocked.refusalOf(request) || (await this.authenticator.isOver(request))) end();
  }
}
