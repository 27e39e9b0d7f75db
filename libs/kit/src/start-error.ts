/** The start is refused for a reason that a person can mend. The message alone is shown, and the process exits with 1. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
