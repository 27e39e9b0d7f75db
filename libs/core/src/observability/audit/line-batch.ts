import { OperationError } from '#libs/kit';

/** The lines of one turn of the event loop, which are one write; their answers wait for it together. */
export class LineBatch {
  readonly written: Promise<void>;
  resolve: () => void = () => undefined;
  private reject: (error: OperationError) => void = () => undefined;

  constructor() {
    this.written = new Promise<void>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** The answers may not leave; the lines are kept and written when there is room. */
  holdBack(): void {
    this.reject(
      new OperationError(
        'unavailable',
        'The call was made, but it could not be recorded, so its answer is held back. Look at what it did before you repeat it.',
        { retryable: false },
      ),
    );
  }
}

/** Nothing may run that could not be recorded. */
export function noRoom(why: string): OperationError {
  return new OperationError(
    'unavailable',
    `This gateway can't record calls now (${why}), so it runs none. Try again soon; an operator must make room.`,
    { retryable: true, retryAfterMs: 1_000 },
  );
}
