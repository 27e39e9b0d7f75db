import type { NoticeTarget } from '../../../notifications/notice.js';
import type { Alert, AlertState } from '../alert.js';

/** What is told of an alert. */
export type AlertNews = AlertState | 'acknowledged';

/** A way to tell people. */
export interface Channel {
  readonly target: NoticeTarget;
  /** Undefined for what this channel doesn't tell. `at` is when it happened. */
  body(alert: Alert, news: AlertNews, at: Date): Record<string, unknown> | undefined;
}
