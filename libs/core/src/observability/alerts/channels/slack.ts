import { NamedOrigin } from '#libs/outbound';
import { slackMessage } from '../../../notifications/slack-message.js';
import type { Alert } from '../alert.js';
import type { Channel } from './channel.js';

const signs: Record<Alert['severity'], string> = { critical: ':rotating_light:', warning: ':warning:' };

/** Tells a channel of Slack, by an incoming webhook. */
export function slackChannel(url: string): Channel {
  return {
    target: { name: 'slack', url, policy: new NamedOrigin('Slack', url) },
    body({ rule, subject, severity, message, value, threshold, replica, raisedAt }, news, at) {
      if (news === 'acknowledged') return undefined;
      const text = news === 'raised' ? `${signs[severity]} ${message}` : `:white_check_mark: Over: ${message}`;
      return slackMessage(text, {
        rule: subject === undefined ? rule : `${rule} of ${subject}`,
        value: `${value} (threshold ${threshold})`,
        gateway: replica,
        ...(news === 'raised' ? { at: at.toISOString() } : { lasted: duration(at.getTime() - raisedAt.getTime()) }),
      });
    },
  };
}

function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes === 0 ? `${Math.round(ms / 1_000)} s` : `${minutes} min`;
}
