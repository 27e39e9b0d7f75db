import type { AuditItem } from '../audit-item.js';
import type { Sender } from './audit-sink.js';

/** Of OTLP's `SeverityNumber`. */
const INFO = 9;
const WARN = 13;

type AnyValue = { stringValue: string } | { intValue: string } | { doubleValue: number };

interface KeyValue {
  key: string;
  value: AnyValue;
}

/** Lines as `ExportLogsServiceRequest` of OTLP, in its JSON form: 64-bit numbers are decimal texts there. */
export function otlpLogs(lines: readonly AuditItem[], { host, version }: Sender, nowMs = Date.now()) {
  const replicas = [...new Set(lines.map(({ replica }) => replica))];
  return {
    resourceLogs: replicas.map((replica) => ({
      resource: {
        attributes: [
          text('service.name', 'mcp-gateway'),
          text('service.version', version),
          text('service.instance.id', replica),
          text('host.name', host),
        ],
      },
      scopeLogs: [
        {
          scope: { name: 'mcp-gateway.audit' },
          logRecords: lines.filter((line) => line.replica === replica).map((line) => logRecord(line, nowMs)),
        },
      ],
    })),
  };
}

function logRecord(line: AuditItem, nowMs: number) {
  const isOk = line.outcome === 'ok';
  const time = Date.parse(line.time);
  return {
    timeUnixNano: nanoseconds(Number.isNaN(time) ? 0 : time),
    observedTimeUnixNano: nanoseconds(nowMs),
    severityNumber: isOk ? INFO : WARN,
    severityText: isOk ? 'INFO' : 'WARN',
    body: { stringValue: `${line.service}.${line.operation} ${line.outcome}` },
    attributes: attributesOf(line),
  };
}

/** Under the names that the export has, behind `mcp.audit.`; arguments are JSON text. */
function attributesOf({ time: _, replica: __, ...line }: AuditItem): KeyValue[] {
  return Object.entries({ ...line, arguments: JSON.stringify(line.arguments) }).map(([name, value]) => ({
    key: `mcp.audit.${name}`,
    value: anyValue(value),
  }));
}

function anyValue(value: string | number): AnyValue {
  if (typeof value === 'string') return { stringValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function text(key: string, stringValue: string): KeyValue {
  return { key, value: { stringValue } };
}

function nanoseconds(ms: number): string {
  return `${ms}000000`;
}
