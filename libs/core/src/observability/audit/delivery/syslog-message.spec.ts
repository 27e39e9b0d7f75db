import { expect, it } from 'vitest';
import type { AuditItem } from '../audit-item.js';
import { syslogMessage } from './syslog-message.js';
import { exampleItem } from './testing/example-item.js';
import { parseSyslog } from './testing/syslog-collector.js';

const sender = { host: 'gateway-1', version: '1.2.3' };
const read = (line: Partial<AuditItem> = {}, from = sender) =>
  parseSyslog(syslogMessage({ ...exampleItem, ...line }, from));

it('is one message of RFC 5424, with the line as JSON', () => {
  const { text, ...header } = read();
  expect(header).toEqual({
    facility: 13,
    severity: 6,
    time: '2026-11-29T01:02:03.004Z',
    host: 'gateway-1',
    app: 'mcp-gateway',
    process: 'replica-1',
    id: 'call',
    data: { meta: { sequenceId: '7' }, origin: { software: 'mcp-gateway', swVersion: '1.2.3' } },
  });
  expect(JSON.parse(text)).toEqual(exampleItem);
});

it.each(['denied', 'limited', 'error'])('is a warning for a call that was %s', (outcome) => {
  expect(read({ outcome }).severity).toBe(4);
});

it('is ASCII whatever callers write, and says the same', () => {
  const written = { text: 'naïve 😀 \u2028 \u007f "quoted" ]\n<110>1 - - - - - -' };
  const message = syslogMessage({ ...exampleItem, arguments: written }, sender);
  expect(message).toMatch(/^[\x20-\x7e]+$/);
  expect((JSON.parse(parseSyslog(message).text) as AuditItem).arguments).toEqual(written);
});

it('keeps its form where names are odd', () => {
  const { host, data, time } = read({ time: 'infinity' }, { host: 'höst name', version: '1"]\\' });
  expect([host, data.origin?.swVersion, time]).toEqual(['hstname', '1"]\\', '-']);
  expect(read({}, { host: '', version: '1' }).host).toBe('-');
});

it('counts on from 1 where the protocol has no higher number', () => {
  const ids = [2_147_483_647, 2_147_483_648].map((seq) => read({ seq }).data.meta?.sequenceId);
  expect(ids).toEqual(['2147483647', '1']);
});
