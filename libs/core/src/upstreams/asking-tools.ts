/** The tools of one upstream that ask their client, and how. */
export class AskingTools {
  /** Those whose questions come on a stream of their call, and so say which one they belong to. */
  private readonly onOwnStream = new Set<string>();

  /** `known` is added to. */
  constructor(private readonly known: Set<string>) {}

  learn(tool: string, onOwnStream: boolean): void {
    this.known.add(tool);
    if (onOwnStream) this.onOwnStream.add(tool);
    else this.onOwnStream.delete(tool);
  }

  /** Whether no two calls of such tools may run on one connection. */
  takesTurns(tool: string | undefined): boolean {
    return tool !== undefined && this.known.has(tool) && !this.onOwnStream.has(tool);
  }
}
