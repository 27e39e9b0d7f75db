import { useEffect, useState } from 'preact/hooks';
import type { LiveEventMap, LiveRoom, RealtimeError } from '#libs/kit';
import { socket, welcomes } from './session.js';

interface RoomState {
  readonly isAnswered: boolean;
  readonly refused?: RealtimeError;
}

/** Who follows each room, so that the last one who leaves ends the subscription. */
const followers = new Map<LiveRoom, number>();

/**
 * Takes the events of a room for as long as a component stands, over lost connections too: after one, what was missed
 * comes first.
 *
 * @param since the newest event that is known already; 0 for all that the gateway still has
 * @returns whether the gateway has answered, and why the room can't be followed where it can't
 */
export function useRoom<E extends keyof LiveEventMap>(
  room: LiveRoom,
  event: E,
  take: (event: LiveEventMap[E]) => void,
  since?: number,
): RoomState {
  const [state, setState] = useState<RoomState>({ isAnswered: false });
  const turn = welcomes.value;
  const [place] = useState<{ seq: number | undefined }>(() => ({ seq: since }));
  useEffect(() => {
    const line = socket();
    if (!line) return undefined;
    const receive = (received: LiveEventMap[E]) => {
      // another follower may have asked for what was missed
      if (place.seq !== undefined && received.seq <= place.seq) return;
      place.seq = received.seq;
      take(received);
    };
    // the type of one event's listener is not kept through the union of all of them
    line.on(event, receive as never);
    followers.set(room, (followers.get(room) ?? 0) + 1);
    line.emit('subscribe', place.seq === undefined ? { room } : { room, since: place.seq }, (answer) => {
      setState(answer.ok ? { isAnswered: true } : { isAnswered: true, refused: answer.error });
      // a lower one: the gateway was started anew, and counts from 1
      if (answer.ok && (place.seq === undefined || answer.seq < place.seq)) place.seq = answer.seq;
    });
    return () => {
      line.off(event, receive as never);
      const left = (followers.get(room) ?? 1) - 1;
      followers.set(room, left);
      if (left === 0 && line.connected) line.emit('unsubscribe', { room });
    };
  }, [room, event, take, place, turn]);
  return state;
}
