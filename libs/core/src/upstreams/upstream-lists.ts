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
  /** Of the line that all share: undefined. */
  private readonly lists = new Map<string | undefined, LineLists>();
  private wasAskedForHidden = false;
  private listingHidden: Promise<void> | undefined;
  private readonly ending = new AbortController();

  constructor(private readonly options: ListsOptions) {}

  /** Whether the tools are known, as the caller sees them where each has a line. */
  haveTools(callerId: string | undefined): boolean {
    return this.lists.get(this.keyOf(callerId))?.haveTools ?? false;
  }

  /** Resolves when what is asked for now was answered, or not. */
  async settled(callerId: string | undefined): Promise<void> {
    await this.lists.get(this.keyOf(callerId))?.settled;
  }

  expectAnew(): void {
    this.wasAskedForHidden = false;
    for (const lists of this.lists.values()) lists.expectAnew();
  }

  /** `callerId` is whose connection it is, where each caller has one. */
  follow(connection: UpstreamConnection, callerId: string | undefined): void {
    if (callerId !== undefined) this.options.keeper.callers?.begin(callerId);
    let lists = this.lists.get(callerId);
    if (!lists) {
      lists = this.listsOf(callerId);
      this.lists.set(callerId, lists);
    }
    lists.follow(connection);
  }

  forget(callerId: string): void {
    this.lists.delete(callerId);
    this.options.keeper.callers?.forget(callerId);
  }

  private keyOf(callerId: string | undefined): string | undefined {
    return this.options.lines.areOfCallers ? callerId : undefined;
  }

  private listsOf(callerId: string | undefined): LineLists {
    const { keeper, health } = this.options;
    const lists: LineLists = new LineLists({
      take: (part, connection) => keeper.list(part, connection, callerId),
      onFailed: (message) => health.failed('list', message),
      onRead: () => this.wereRead(lists),
    });
    return lists;
  }

  private wereRead({ haveTools }: LineLists): void {
    const { health, lines } = this.options;
    const haveFailed = [...this.lists.values()].some((lists) => lists.haveFailed);
    if (!haveFailed && health.lastFailure?.stage === 'list') health.succeeded();
    if (!this.wasAskedForHidden && haveTools && lines.era === 'session') {
      this.wasAskedForHidden = true;
      this.listingHidden = this.listHidden();
    }
    this.options.onState();
  }

  /** Nothing of what is opened to read a list is left when it resolves. */
  async stop(): Promise<void> {
    this.ending.abort(new Error('The upstream is stopped'));
    await this.listingHidden;
  }

  /** Some list tools that ask only to clients that can be asked. What goes wrong here costs nothing but those. */
  private async listHidden(): Promise<void> {
    const { open, keeper, startTimeoutMs } = this.options;
    const { signal: ending } = this.ending;
    const signal = AbortSignal.any([AbortSignal.timeout(startTimeoutMs), ending]);
    const clientCapabilities = Object.fromEntries(askable.map((name) => [name, {}]));
    try {
      const connection = await open({ clientCapabilities, signal, era: 'session' });
      await keeper.listAsking(connection, ending).finally(() => connection.close());
    } catch {
      // its other tools are there
    }
  }
}
