import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAnswer } from '#libs/outbound';
import { readEvents, type StreamPosition } from './event-reader.js';
import { messagesOf } from './message-text.js';
import type { Message } from './peer.js';

/** Each holds one of the connections that calls to the same origin need too. */
const MAX_STREAMS_PER_ORIGIN = 64;
const SHORTEST_WAIT_MS = 250;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** Some servers send no head before they have something to say. */
const PATIENCE_MS = 1_000;

/** Opens the stream, or answers undefined where the server has none. Rejects where it may have one later. */
export type OpenStream = (lastEventId: string | undefined, signal: AbortSignal) => Promise<OpenAnswer | undefined>;

const streamsAt = new Map<string, number>();

/**
 * The stream on which a server tells what nobody asked for. It is opened again whenever it ends, until it is stopped; where
 * there is none, or too many to the same origin are open, the connection goes without.
 */
export class ListeningStream {
  /** Resolves when it is open, when it is clear that there is none for now, or when that takes too long. */
  readonly opened: Promise<void>;
  private wasOpened!: () => void;
  private readonly stopping = new AbortController();

  constructor(
    private readonly origin: string,
    private readonly open: OpenStream,
    private readonly receive: (message: Message) => void,
  ) {
    this.opened = new Promise((resolve) => (this.wasOpened = resolve));
    setTimeout(this.wasOpened, PATIENCE_MS).unref();
    void this.keepOpen().finally(this.wasOpened);
  }

  stop(): void {
    this.stopping.abort(new Error('The connection was closed'));
  }

  private async keepOpen(): Promise<void> {
    const others = streamsAt.get(this.origin) ?? 0;
    if (others >= MAX_STREAMS_PER_ORIGIN) return;
    streamsAt.set(this.origin, others + 1);
    try {
      await this.listen(this.stopping.signal);
    } finally {
      const left = (streamsAt.get(this.origin) ?? 1) - 1;
      if (left === 0) streamsAt.delete(this.origin);
      else streamsAt.set(this.origin, left);
    }
  }

  private async listen(signal: AbortSignal): Promise<void> {
    const position: StreamPosition = { lastEventId: undefined, retryMs: undefined };
    for (let fruitless = 0; !signal.aborted; fruitless += 1) {
      try {
        const stream = await this.open(position.lastEventId, signal).finally(this.wasOpened);
        if (!stream) return;
        await readEvents(await stream.stream(), position, ({ data }) => {
          fruitless = 0;
          this.take(data);
        });
      } catch {
        // a stream that fails is opened again, and what it would have told can be asked for
      }
      const patience = Math.min(FIRST_WAIT_MS * 2 ** fruitless, LONGEST_WAIT_MS);
      const { retryMs } = position;
      // what the server asks for, unless nothing comes of it
      const wait = retryMs === undefined ? patience : Math.max(retryMs, fruitless > 0 ? patience : SHORTEST_WAIT_MS);
      await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private take(data: string): void {
    for (const message of messagesOf(data) ?? []) this.receive(message);
  }
}
