import type { RealtimeAnswer } from '#libs/kit';

/** What the gateway says when a room is followed. */
export type Joined = Extract<RealtimeAnswer<'subscribe'>, { ok: true }>;

/** Whoever takes the events of a room. */
export interface Follower<E> {
  /** The event after which those that were missed begin; undefined where they don't matter. */
  readonly since?: number;
  /**
   * Told whenever the room is followed, after a lost connection too, with what came until the answer. A list asks for
   * itself again here: what happened before is told by no event.
   */
  joined(answer: Joined, missed: readonly E[]): void;
  take(event: E): void;
}
