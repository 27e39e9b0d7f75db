import { NamedOrigin } from '#libs/outbound';
import type { Channel } from './channel.js';

/** Tells any server, in the words of the room `alerts`. */
export function webhookChannel(url: string): Channel {
  return {
    target: { name: 'webhook', url, policy: new NamedOrigin('The webhook for alerts', url) },
    body({ raisedAt, ...alert }, news, at) {
      if (news === 'acknowledged') return undefined;
      return { ...alert, state: news, time: at.toISOString(), raisedAt: raisedAt.toISOString() };
    },
  };
}
