import type { Caller, OperationContext, OperationError } from '#libs/kit';

/** What waiting needs to know of a call. */
export type WaitingCall = Pick<OperationContext, 'remainingMs' | 'signal'>;

export interface Waiter {
  readonly caller: Caller;
  readonly call: WaitingCall;
  readonly letIn: () => void;
  readonly refuse: (error: OperationError) => void;
}

/** The calls of one caller that wait for a place, first in first out. A call that is aborted leaves at once. */
export class WaitingCalls {
  private readonly line = new Set<Waiter>();

  get size(): number {
    return this.line.size;
  }

  [Symbol.iterator](): Iterator<Waiter> {
    return this.line.values();
  }

  /** Resolves when the call is let in; rejects with what it is refused or aborted with, or with `overdue`. */
  join(caller: Caller, call: WaitingCall, waitMs: number, overdue: () => OperationError): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = call;
      const leave = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        this.line.delete(waiter);
      };
      const waiter: Waiter = {
        caller,
        call,
        letIn: () => {
          leave();
          resolve();
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const abort = () => {
        waiter.refuse(signal.reason as OperationError);
      };
      const timer = setTimeout(() => {
        waiter.refuse(overdue());
      }, waitMs);
      signal.addEventListener('abort', abort);
      this.line.add(waiter);
    });
  }
}
