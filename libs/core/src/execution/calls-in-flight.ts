import { Injectable } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import type { CallContext } from './call-context.js';

/** The calls that run now: admits new ones until the gateway stops, and can wait for those that are left. */
@Injectable()
export class CallsInFlight {
  /** Each call knows its place: a Set that calls come into and leave all the time makes garbage. */
  private readonly running: CallContext[] = [];
  private closed = false;
  private whenIdle: (() => void) | undefined;

  get count(): number {
    return this.running.length;
  }

  enter(call: CallContext): void {
    if (this.closed) throw stopping();
    call.place = this.running.push(call) - 1;
  }

  leave(call: CallContext): void {
    const { place } = call;
    if (place === undefined) return;
    call.place = undefined;
    const last = this.running.pop();
    if (last && last !== call) {
      this.running[place] = last;
      last.place = place;
    }
    if (this.running.length === 0) this.whenIdle?.();
  }

  of(callerId: string): CallContext[] {
    return this.running.filter(({ caller }) => caller.id === callerId);
  }

  /**
   * Waits until no call runs, at most `graceMs`; from then on every call is refused, and what still runs is aborted with
   * an error that tells the client to try again.
   */
  async drain(graceMs: number): Promise<void> {
    if (this.running.length > 0) {
      const idle = new Promise<void>((resolve) => {
        this.whenIdle = resolve;
      });
      const { promise: late, cancel } = timeout(graceMs);
      await Promise.race([idle, late]);
      cancel();
    }
    this.closed = true;
    for (const call of this.running) call.abort(stopping());
  }
}

function stopping(): OperationError {
  return new OperationError('unavailable', 'This gateway is stopping; send the call again', {
    retryable: true,
    retryAfterMs: 1_000,
  });
}

function timeout(ms: number): { promise: Promise<void>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return {
    promise,
    cancel: () => {
      clearTimeout(timer);
    },
  };
}
