import { setting, settings, value } from '#libs/kit';

export class MetricsSettings extends settings({
  enabled: setting('ENABLE_METRICS', value.flag(), {
    description: 'Tell Prometheus how the gateway does, at /metrics/prometheus and at METRICS_PORT',
    default: 'true',
    key: 'monitoring.enabled',
  }),
  port: setting('METRICS_PORT', value.wholeNumber(0, 65_535), {
    description: 'Port of /metrics for Prometheus, without keys; 0 picks a free one, which the log names',
    default: '9090',
    key: 'monitoring.metricsPort',
  }),
  host: setting('METRICS_HOST', value.host(), {
    description: 'Address of that port; unset: HOST',
    key: 'monitoring.metricsHost',
  }),
}) {}
