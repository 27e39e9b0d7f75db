import type { AuditItem } from '../audit-item.js';
import type { Sender } from './audit-sink.js';

/** Facility 13, "log audit". */
const FACILITY = 13;
const WARNING = 4;
const INFORMATIONAL = 6;
const LONGEST_SEQUENCE_ID = 2_147_483_647;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A line as one message of RFC 5424. What it says is JSON in ASCII, so that no collector takes its characters for others. */
export function syslogMessage(line: AuditItem, { host, version }: Sender): string {
  const severity = line.outcome === 'ok' ? INFORMATIONAL : WARNING;
  const time = MOMENT.test(line.time) ? line.time : '-';
  const header = `<${FACILITY * 8 + severity}>1 ${time} ${name(host, 255)} mcp-gateway ${name(line.replica, 128)} call`;
  const sequenceId = ((line.seq - 1) % LONGEST_SEQUENCE_ID) + 1;
  const data = `[meta sequenceId="${sequenceId}"][origin software="mcp-gateway" swVersion="${parameter(version)}"]`;
  return `${header} ${data} ${asciiJson(line)}`;
}

/** PRINTUSASCII without blanks; a hyphen stands for nothing. */
function name(text: string, longest: number): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '').slice(0, longest) || '-';
}

function parameter(text: string): string {
  return text.replaceAll(/["\\\]]/g, '\\$&');
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
