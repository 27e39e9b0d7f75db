import type { CancelSignal } from '#libs/outbound';
import type { CallClient } from '../../execution/call-client.js';
import type { McpClient } from './exchange.js';
import { isTold, type LogLevel } from './log-level.js';
import type { Params } from './messages.js';
import { passedMeta } from './passed-meta.js';

/**
 * The client of a tool's call: it hears of progress where it gave a token, and of lines where it wants them. What an
 * upstream tells passes as it is.
 */
export class FollowedCall implements CallClient {
  private readonly progressToken: string | number | undefined;

  /** @param ofRequest `_meta` of its request @param upstreamLevel from which on it hears the lines of an upstream */
  constructor(
    private readonly client: McpClient,
    private readonly ofRequest: Params,
    private readonly logLevel: LogLevel | undefined,
    private readonly upstreamLevel: LogLevel | undefined,
  ) {
    const { progressToken } = ofRequest;
    const isToken = typeof progressToken === 'string' || typeof progressToken === 'number';
    this.progressToken = isToken ? progressToken : undefined;
  }

  get isCancelled(): boolean {
    return this.client.isCancelled;
  }

  get approvalWaitMs(): number | undefined {
    return this.client.approvalWaitMs;
  }

  get session(): string | undefined {
    return this.client.session;
  }

  get capabilities(): Params {
    return this.client.capabilities;
  }

  get meta(): Params | undefined {
    return passedMeta(this.ofRequest, this.upstreamLevel);
  }

  onCancel(listener: () => void): () => void {
    return this.client.onCancel(listener);
  }

  ask(method: string, params: Params, signal: CancelSignal, key?: string): Promise<Params> {
    return this.client.ask(method, params, signal, key);
  }

  tell(method: string, params: Params): void {
    if (method === 'notifications/progress' && this.progressToken === undefined) return;
    if (method === 'notifications/message' && !isTold(params.level as LogLevel, this.upstreamLevel)) return;
    this.client.notify(method, params);
  }

  progress(progress: number, total?: number, message?: string): void {
    const { progressToken } = this;
    if (progressToken === undefined) return;
    this.client.notify('notifications/progress', { progressToken, progress, total, message });
  }

  log(level: LogLevel, data: string): void {
    if (!isTold(level, this.logLevel)) return;
    this.client.notify('notifications/message', { level, logger: 'mcp-gateway', data });
  }
}
