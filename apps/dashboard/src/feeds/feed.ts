import type { Follower, Joined } from '../session/follower.js';
import { Flushed } from './flushed.js';

interface Numbered {
  readonly seq: number;
  readonly time: string;
}

/** More than the gateway sends of what was missed. */
const MOST_HEARD = 2_500;
const FLUSH_MS = 200;

/** The newest events of a room. It outlives the view that shows it, and goes on where that was left. */
export abstract class Feed<E extends Numbered> implements Follower<E> {
  private readonly flushed = new Flushed(FLUSH_MS);
  /** By number and time: a gateway that was started anew counts from 1. */
  private readonly heard = new Set<string>();
  private newestSeq = 0;

  get turn() {
    return this.flushed.turn;
  }

  /** With the newest that is known among them: where it is missing, the gateway counts anew. */
  get since(): number {
    return Math.max(0, this.newestSeq - 1);
  }

  joined = ({ seq, complete }: Pick<Joined, 'seq' | 'complete'>, missed: readonly E[]): void => {
    const goesOn = this.newestSeq === 0 || missed.some((event) => this.heard.has(nameOf(event)));
    if (!complete || !goesOn) this.miss?.();
    if (seq < this.newestSeq) this.newestSeq = 0;
    for (const event of missed) this.take(event);
    this.flushed.mark();
  };

  take = (event: E): void => {
    const name = nameOf(event);
    if (this.heard.has(name)) return;
    this.heard.add(name);
    if (this.heard.size > MOST_HEARD) this.heard.delete(this.heard.values().next().value ?? '');
    this.newestSeq = Math.max(this.newestSeq, event.seq);
    this.add(event);
    this.flushed.mark();
  };

  clear(): void {
    this.heard.clear();
    this.newestSeq = 0;
    this.empty();
    this.flushed.mark();
  }

  protected abstract add(event: E): void;
  protected abstract empty(): void;
  /** Events were missed that nobody tells any more. */
  protected miss?(): void;
}

function nameOf({ seq, time }: Numbered): string {
  return `${seq} ${time}`;
}
