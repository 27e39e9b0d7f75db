import type { Caller, OperationContext, OperationError } from '#libs/kit';
import type { CatalogOperation } from '../catalog/catalog-entry.js';
import type { Account } from './account.js';

/** What limits need to know of an operation. */
export type LimitedOperation = Pick<CatalogOperation, 'id' | 'service' | 'name'>;

/** What waiting needs to know of a call. */
export type WaitingCall = Pick<OperationContext, 'remainingMs' | 'signal'>;

/** A call that waits for a place: it leaves its line when it is let in, refused or aborted, and when it waited too long. */
export class Waiter {
  /** Rejects with what the call is refused or aborted with, or with `overdue`. */
  readonly admitted: Promise<void>;
  private line: Set<Waiter> | undefined;
  private settle: { resolve: () => void; reject: (error: OperationError) => void } | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    readonly caller: Caller,
    readonly operation: LimitedOperation,
    readonly call: WaitingCall,
    waitMs: number,
    private readonly overdue: (account: Account) => OperationError,
    private account: Account,
  ) {
    this.admitted = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.timer = setTimeout(() => this.refuse(this.overdue(this.account)), waitMs);
    call.signal.addEventListener('abort', this.abort);
    this.waitFor(account);
  }

  /** Goes to the end of an account's line, out of the one where it stands. */
  waitFor(account: Account): void {
    this.line?.delete(this);
    this.account = account;
    this.line = account.waiting;
    this.line.add(this);
  }

  letIn(): void {
    this.leave();
    this.settle?.resolve();
  }

  refuse(error: OperationError): void {
    this.leave();
    this.settle?.reject(error);
  }

  private readonly abort = (): void => {
    this.refuse(this.call.signal.reason as OperationError);
  };

  private leave(): void {
    clearTimeout(this.timer);
    this.call.signal.removeEventListener('abort', this.abort);
    this.line?.delete(this);
  }
}
