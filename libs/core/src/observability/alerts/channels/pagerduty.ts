import { NamedOrigin } from '#libs/outbound';
import type { Channel, AlertNews } from './channel.js';

const actions: Record<AlertNews, string> = { raised: 'trigger', acknowledged: 'acknowledge', resolved: 'resolve' };
/** Of the Events API v2. */
const MAX_SUMMARY = 1_024;

/** Tells PagerDuty, by its Events API v2: one incident for each alert, which ends with it. */
export function pagerDutyChannel(key: string, url: string): Channel {
  return {
    target: {
      name: 'pagerduty',
      url,
      policy: new NamedOrigin('PagerDuty', url),
      complete: (body) => ({ routing_key: key, ...body }),
    },
    body({ id, rule, subject, replica, severity, message, value, threshold }, news, at) {
      const event = { event_action: actions[news], dedup_key: id };
      if (news !== 'raised') return event;
      return {
        ...event,
        client: 'MCP Gateway',
        payload: {
          summary: message.slice(0, MAX_SUMMARY),
          source: replica,
          severity,
          timestamp: at.toISOString(),
          class: rule,
          ...(subject !== undefined && { component: subject }),
          custom_details: { value, threshold },
        },
      };
    },
  };
}
