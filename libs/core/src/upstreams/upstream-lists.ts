import { askable } from './asked-client.js';
import type { UpstreamConnection } from './connection.js';
import type { Health } from './health.js';
import { LineLists } from './line-lists.js';
import type { OfferKeeper } from './offer-keeper.js';
import type { Open } from './openers.js';
import type { UpstreamLines } from './upstream-lines.js';

interface ListsOptions {
  readonly keeper: OfferKeeper;
  readonly lines: UpstreamLines;
  readonly health: Health;
  readonly open: Open;
  readonly startTimeoutMs: number;
  onState(): void;
}

/** The lists of one upstream, and what they say of its health. */
export class UpstreamLists {
  private readonly lists: LineLists;
  private wasAskedForHidden = false;

  constructor(private readonly options: ListsOptions) {
    const { keeper, health } = options;
    this.lists = new LineLists({
      take: (part, connection) => keeper.list(part, connection),
      onFailed: (message) => health.failed('list', message),
      onRead: () => this.wereRead(),
    });
  }

  /** Whether the tools are known. */
  get haveTools(): boolean {
    return this.lists.haveTools;
  }

  get settled(): Promise<void> {
    return this.lists.settled;
  }

  expectAnew(): void {
    this.wasAskedForHidden = false;
    this.lists.expectAnew();
  }

  follow(connection: UpstreamConnection): void {
    this.lists.follow(connection);
  }

  private wereRead(): void {
    const { health, lines } = this.options;
    if (!this.lists.haveFailed && health.lastFailure?.stage === 'list') health.succeeded();
    if (!this.wasAskedForHidden && this.lists.haveTools && lines.era === 'session') {
      this.wasAskedForHidden = true;
      void this.listHidden();
    }
    this.options.onState();
  }

  /** Some list tools that ask only to clients that can be asked. What goes wrong here costs nothing but those. */
  private async listHidden(): Promise<void> {
    const { open, keeper, startTimeoutMs } = this.options;
    const signal = AbortSignal.timeout(startTimeoutMs);
    const clientCapabilities = Object.fromEntries(askable.map((name) => [name, {}]));
    try {
      const connection = await open({ clientCapabilities, signal, era: 'session' });
      await keeper.listAsking(connection).finally(() => connection.close());
    } catch {
      // its other tools are there
    }
  }
}
