import { setting, settings, value } from '#libs/kit';
import { headerList } from '../audit/delivery/header-list.js';

export class TracesSettings extends settings({
  endpoint: setting('OTEL_EXPORTER_OTLP_ENDPOINT', value.url('http', 'https'), {
    description:
      'Address of an OpenTelemetry collector (OTLP/HTTP), as in http://127.0.0.1:4318, that traces are sent to; without it there are none',
    key: 'traces.endpoint',
  }),
  headers: setting('OTEL_EXPORTER_OTLP_HEADERS', headerList, {
    description: 'Headers for that collector: name=value, separated by commas, values percent-encoded',
    key: 'traces.headers',
    secret: true,
  }),
  serviceName: setting('OTEL_SERVICE_NAME', value.text(), {
    description: 'What the gateway is called in traces',
    default: 'mcp-gateway',
    key: 'traces.serviceName',
  }),
  sampledPercent: setting('OTEL_TRACES_SAMPLED_PERCENT', value.wholeNumber(0, 100), {
    description:
      'How many of the traces that begin here are kept, in percent; one that a client began is kept as it says',
    default: '100',
    key: 'traces.sampledPercent',
  }),
}) {}
