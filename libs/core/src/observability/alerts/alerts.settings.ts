import { setting, settings, value } from '#libs/kit';

const percent = () => value.wholeNumber(0, 10_000);
const seconds = () => value.wholeNumber(0, 86_400);

/** 0 switches a rule off. */
export class AlertsSettings extends settings({
  memoryPercent: setting('ALERT_MEMORY_PERCENT', percent(), {
    key: 'alerts.memoryPercent',
    description: 'Raise an alert when the gateway uses more of the memory, in percent; 0 for none',
    default: '90',
    runtime: true,
  }),
  cpuPercent: setting('ALERT_CPU_PERCENT', percent(), {
    key: 'alerts.cpuPercent',
    description: 'Raise an alert when the gateway uses more of one core, in percent; 0 for none',
    default: '80',
    runtime: true,
  }),
  errorRatePercent: setting('ALERT_ERROR_RATE_PERCENT', percent(), {
    key: 'alerts.errorRatePercent',
    description: 'Raise an alert when more of the window’s calls failed, in percent of at least 20; 0 for none',
    default: '10',
    runtime: true,
  }),
  p95Ms: setting('ALERT_P95_MS', value.wholeNumber(0, 3_600_000), {
    key: 'alerts.p95Ms',
    description:
      'Raise an alert when one in twenty of the window’s calls took longer, in milliseconds; calls of upstreams by themselves; 0 for none',
    default: '5000',
    runtime: true,
  }),
  authFailuresPerMinute: setting('ALERT_AUTH_FAILURES_PER_MINUTE', value.wholeNumber(0, 1_000_000), {
    key: 'alerts.authFailuresPerMinute',
    description: 'Raise an alert when more requests of the window were not recognised; 0 for none',
    default: '20',
    runtime: true,
  }),
  spoolPercent: setting('ALERT_AUDIT_SPOOL_PERCENT', percent(), {
    key: 'alerts.spoolPercent',
    description: 'Raise an alert when more of the place for audit lines that wait is used, in percent; 0 for none',
    default: '80',
    runtime: true,
  }),
  budgetPercent: setting('ALERT_BUDGET_PERCENT', percent(), {
    key: 'alerts.budgetPercent',
    description: 'Raise an alert when more of a budget of tokens or money is used, in percent; 0 for none',
    default: '90',
    runtime: true,
  }),
  windowSeconds: setting('ALERT_WINDOW_SECONDS', value.wholeNumber(5, 600), {
    key: 'alerts.windowSeconds',
    description: 'Over which time failed calls, slow calls and requests that are not recognised are counted',
    default: '60',
    runtime: true,
  }),
  forSeconds: setting('ALERT_FOR_SECONDS', seconds(), {
    key: 'alerts.forSeconds',
    description: 'How long memory or CPU must be over their thresholds until an alert is raised',
    default: '30',
    runtime: true,
  }),
  quietSeconds: setting('ALERT_QUIET_SECONDS', seconds(), {
    key: 'alerts.quietSeconds',
    description: 'How long a rule must be at rest until its alert is resolved',
    default: '60',
    runtime: true,
  }),
  webhookUrl: setting('ALERT_WEBHOOK_URL', value.url('http', 'https'), {
    key: 'alerts.webhookUrl',
    description: 'Where alerts are posted to as JSON',
    secret: true,
  }),
  slackUrl: setting('ALERT_SLACK_URL', value.url('http', 'https'), {
    key: 'alerts.slackUrl',
    description: 'Incoming webhook of the Slack channel that is told of alerts',
    secret: true,
  }),
  pagerDutyKey: setting('ALERT_PAGERDUTY_KEY', value.text(), {
    key: 'alerts.pagerDutyKey',
    description: 'Integration key of the PagerDuty service that is told of alerts',
    secret: true,
  }),
  pagerDutyUrl: setting('ALERT_PAGERDUTY_URL', value.url('http', 'https'), {
    key: 'alerts.pagerDutyUrl',
    description: 'Where PagerDuty takes events; in Europe https://events.eu.pagerduty.com/v2/enqueue',
    default: 'https://events.pagerduty.com/v2/enqueue',
  }),
}) {}
