import { setTimeout as sleep } from 'node:timers/promises';
import type { CDPSession } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LiveEvents } from '../../libs/core/src/observability/live/live-events.js';
import { GatewayModule } from '../../libs/services/src/gateway/gateway.module.js';
import { chromium, openView } from './page.js';
import { startWithPage, type PageGateway } from './page-gateway.js';

const EVENTS_PER_SECOND = 500;
/** After which the page has as many calls as it keeps. */
const FILL_MS = 9_000;
const WATCHED_MS = 8_000;
const LONG_TASK_MICROSECONDS = 100_000;
const MAX_GROWTH_BYTES = 1_500_000;

let host: PageGateway;

beforeAll(async () => {
  host = await startWithPage({ services: [GatewayModule] });
});
afterAll(() => host.close());

/** Publishes calls as the executor does, each with a beginning and an end, however late the timer is. */
function publishCalls(): { stop: () => number } {
  const live = host.gateway.gateway.app.get(LiveEvents);
  const startedAt = performance.now();
  let published = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) / 1_000) * EVENTS_PER_SECOND;
    for (; published < due; published += 2) {
      const call = {
        requestId: `load-${published}`,
        caller: 'somebody',
        door: 'mcp',
        service: 'load',
        operation: 'test',
      };
      live.publish('tool_executed', { ...call, phase: 'start' });
      live.publish('tool_executed', { ...call, phase: 'end', outcome: 'ok', durationMs: 1.5 });
    }
  }, 20);
  return {
    stop: () => {
      clearInterval(timer);
      return published;
    },
  };
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  return (await session.send('Runtime.getHeapUsage')).usedSize;
}

interface TraceEvent {
  name: string;
  /** Microseconds that the thread worked; what it waited for a processor is not in it. */
  tdur?: number;
}

it.skipIf(!chromium)(
  'under 500 events a second, no task takes 100 ms, and memory stays flat',
  async () => {
    const { page, context, problems } = await host.look();
    await openView(page, 'live', 'Live calls');
    const session = await context.newCDPSession(page);
    const load = publishCalls();
    await sleep(FILL_MS);
    const before = await heapOf(session);
    await host.browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline'] });
    await sleep(WATCHED_MS);
    const trace = JSON.parse((await host.browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
    const after = await heapOf(session);
    load.stop();
    const tasks = trace.traceEvents.filter(({ name, tdur }) => name.endsWith('RunTask') && tdur !== undefined);
    expect(tasks.length).toBeGreaterThan(100);
    const longest = Math.max(...tasks.map(({ tdur = 0 }) => tdur));
    expect(longest).toBeLessThan(LONG_TASK_MICROSECONDS);
    expect(after - before).toBeLessThan(MAX_GROWTH_BYTES);
    const shown = Number.parseInt((await page.locator('.filters > .muted').textContent())!, 10);
    expect(shown).toBeGreaterThanOrEqual(1_000);
    expect(await page.locator('.call-line').count()).toBeLessThan(60);
    expect(problems).toEqual([]);
    await context.close();
  },
  60_000,
);
