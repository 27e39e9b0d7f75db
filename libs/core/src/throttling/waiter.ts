import type { Caller, OperationContext, OperationError } from '#libs/kit';
import type { CatalogOperation } from '../catalog/catalog-entry.js';

/** What limits need to know of an operation. */
export type LimitedOperation = Pick<CatalogOperation, 'id' | 'service' | 'name'>;

/** What waiting needs to know of a call. */
export interface WaitingCall extends Pick<OperationContext, 'remainingMs' | 'signal'> {
  /** While it holds places: where it is noted which. A Map that calls come into and leave all the time makes garbage. */
  seat?: number | undefined;
}

/** Something with places, of which all are taken. */
export interface Line {
  readonly waiting: Set<Waiter>;
}

/** A call that waits for a place: it leaves its line when it is let in, refused or aborted, and when it waited too long. */
export class Waiter {
  /** Rejects with what the call is refused or aborted with. */
  readonly admitted: Promise<void>;
  private line: Line | undefined;
  private overdue: (() => OperationError) | undefined;
  private settle: { resolve: () => void; reject: (error: OperationError) => void } | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    readonly caller: Caller,
    readonly operation: LimitedOperation,
    readonly call: WaitingCall,
    waitMs: number,
    /** Whether windows have counted it before it waits. */
    readonly isCounted: boolean,
  ) {
    this.admitted = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
    this.timer = setTimeout(() => {
      if (this.overdue) this.refuse(this.overdue());
    }, waitMs);
    call.signal.addEventListener('abort', this.abort);
  }

  /** Goes to the end of a line, out of the one where it stands; `overdue` says why it waited in vain. */
  waitIn(line: Line, overdue: () => OperationError): void {
    this.line?.waiting.delete(this);
    this.line = line;
    this.overdue = overdue;
    line.waiting.add(this);
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
    this.line?.waiting.delete(this);
  }
}
