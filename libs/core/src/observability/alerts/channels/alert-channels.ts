import { Injectable } from '@nestjs/common';
import type { Notice } from '../../../notifications/notice.js';
import { Notices } from '../../../notifications/notices.js';
import type { Alert } from '../alert.js';
import { AlertsSettings } from '../alerts.settings.js';
import type { AlertNews, Channel } from './channel.js';
import { pagerDutyChannel } from './pagerduty.js';
import { slackChannel } from './slack.js';
import { webhookChannel } from './webhook.js';

/** The ways to tell people that are configured, and what is told by each. */
@Injectable()
export class AlertChannels {
  private readonly channels: readonly Channel[];

  constructor({ webhookUrl, slackUrl, pagerDutyKey, pagerDutyUrl }: AlertsSettings, notices: Notices) {
    this.channels = [
      ...(webhookUrl === undefined ? [] : [webhookChannel(webhookUrl)]),
      ...(slackUrl === undefined ? [] : [slackChannel(slackUrl)]),
      ...(pagerDutyKey === undefined ? [] : [pagerDutyChannel(pagerDutyKey, pagerDutyUrl)]),
    ];
    for (const { target } of this.channels) notices.register(target);
  }

  /** `isTold` picks channels by name. */
  noticesOf(alert: Alert, news: AlertNews, at: Date, isTold: (channel: string) => boolean = () => true): Notice[] {
    return this.channels.flatMap(({ target: { name: target }, ...channel }) => {
      const body = isTold(target) ? channel.body(alert, news, at) : undefined;
      return body === undefined
        ? []
        : [{ id: `${alert.id} ${news} ${target}`, target, topic: topicOf(alert), news, body, createdAt: at }];
    });
  }
}

export function topicOf({ id }: { readonly id: string }): string {
  return `alert ${id}`;
}
