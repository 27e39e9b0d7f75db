import { onTestFinished } from 'vitest';

/** Has something closed when the running test is over. */
export function closing<T extends { close(): Promise<void> }>(made: T): T {
  onTestFinished(() => made.close());
  return made;
}
