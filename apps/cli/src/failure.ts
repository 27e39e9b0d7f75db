/** What the process says by its exit code; docs/cli.md lists them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  denied: 4,
  limited: 5,
  unavailable: 6,
  notApproved: 7,
  interrupted: 130,
} as const;

export type Outcome = keyof typeof exitCodes;

/** An end of a command that is told in one line, with what to do about it in another. */
export class Failure extends Error {
  constructor(
    readonly outcome: Outcome,
    message: string,
    readonly advice?: string,
    /** What the gateway answered, for `--json`. */
    readonly answer?: unknown,
  ) {
    super(message);
  }
}
