import { useEffect, useRef, useState } from 'preact/hooks';
import type { LiveEventMap, LiveRoom, RealtimeError } from '#libs/kit';
import type { Follower } from './follower.js';
import { socket, welcomes } from './session.js';

interface RoomState {
  readonly isAnswered: boolean;
  readonly refused?: RealtimeError;
}

/** Who follows each room, so that the last one who leaves ends the subscription. */
const followers = new Map<LiveRoom, number>();

/**
 * Follows a room for as long as a component stands, over lost connections too.
 *
 * @returns whether the gateway has answered, and why the room can't be followed where it can't
 */
export function useRoom<E extends keyof LiveEventMap>(
  room: LiveRoom,
  event: E,
  follower: Follower<LiveEventMap[E]>,
): RoomState {
  const [state, setState] = useState<RoomState>({ isAnswered: false });
  const turn = welcomes.value;
  const newest = useRef(follower);
  newest.current = follower;
  useEffect(() => {
    const line = socket();
    if (!line) return undefined;
    // what was missed comes before the answer that says whether it is all
    let missed: LiveEventMap[E][] | undefined = [];
    let isOver = false;
    const receive = (received: LiveEventMap[E]) => {
      if (missed) missed.push(received);
      else newest.current.take(received);
    };
    // the type of one event's listener is not kept through the union of all of them
    line.on(event, receive as never);
    followers.set(room, (followers.get(room) ?? 0) + 1);
    const { since } = newest.current;
    line.emit('subscribe', since === undefined ? { room } : { room, since }, (answer) => {
      if (isOver) return;
      setState(answer.ok ? { isAnswered: true } : { isAnswered: true, refused: answer.error });
      if (answer.ok) newest.current.joined(answer, missed ?? []);
      missed = undefined;
    });
    return () => {
      isOver = true;
      line.off(event, receive as never);
      const left = (followers.get(room) ?? 1) - 1;
      followers.set(room, left);
      if (left === 0 && line.connected) line.emit('unsubscribe', { room });
    };
  }, [room, event, turn]);
  return state;
}
