import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Redactor } from '../redaction.js';
import type { LogLines } from './log-lines.js';
import type { Log } from './log.js';
import { RequestLog } from './request-log.js';

/** What was written, as whoever has it sees it in the end. */
let written: Buffer[];
/** Whether those have it for good when `writeLines` returns. */
let isTaken: boolean;
let requests: RequestLog;

beforeEach(() => {
  written = [];
  isTaken = true;
  const log = {
    writes: () => true,
    writeLines: ({ json }: LogLines) => {
      written.push(isTaken ? Buffer.from(json) : json);
      return isTaken;
    },
  } as unknown as Log;
  requests = new RequestLog(log, { text: (text: string) => text } as Redactor);
});
afterEach(() => {
  requests.beforeApplicationShutdown();
});

function tell(requestId: string): void {
  const request = { method: 'POST', path: '/mcp', status: 200, durationMs: 1, address: '127.0.0.1', requestId };
  requests.tell({ ...request, traceId: undefined, caller: undefined, bytes: 2 }, true);
}

const ids = () =>
  written.flatMap((json) => [...json.toString().matchAll(/"requestId":"([^"]+)"/g)].map(([, id]) => id));

it.each([true, false])('changes nothing that was written, whether it was taken at once: %s', (taken) => {
  isTaken = taken;
  const told = Array.from({ length: 2_500 }, (_, i) => `request-${i}`);
  for (const id of told) tell(id);
  requests.flush();
  tell('later');
  requests.flush();
  expect(ids()).toEqual([...told, 'later']);
});

it('writes what was told soon, without being asked', async () => {
  tell('one');
  await vi.waitFor(() => expect(ids()).toEqual(['one']));
});

it('writes soon what stands behind lines that were written at once', async () => {
  // the last ones come while a row of lines is put together
  const told = Array.from({ length: 1_010 }, (_, i) => `request-${i}`);
  for (const id of told) tell(id);
  await vi.waitFor(() => expect(ids()).toEqual(told));
});
