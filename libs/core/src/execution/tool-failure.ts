import { OperationError } from '#libs/kit';

/** A tool of an upstream that said itself that it failed; its result is what a client of MCP is answered. */
export class ToolFailure extends OperationError {
  constructor(
    message: string,
    /** `content` and `isError`, as JSON, kept within the budget. */
    readonly resultJson: string,
  ) {
    super('failed', message);
  }
}
