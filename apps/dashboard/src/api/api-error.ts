/** What the gateway answered instead of what was asked for. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly kind: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }

  /** The permission that was missing, where that is why. */
  get permission(): string | undefined {
    return typeof this.details.permission === 'string' ? this.details.permission : undefined;
  }
}

/** What people are told of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
