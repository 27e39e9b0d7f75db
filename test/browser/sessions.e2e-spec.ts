import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Clients } from '../../libs/core/src/doors/realtime/clients.js';
import { GatewayModule } from '../../libs/services/src/gateway/gateway.module.js';
import { BenchModule } from '../fixtures/bench.service.js';
import { OperationError } from '#libs/kit';
import { chromium, openView, screenshot } from './page.js';
import { admin, startWithPage, type PageGateway } from './page-gateway.js';

let host: PageGateway;

beforeAll(async () => {
  host = await startWithPage({ env: { TRUSTED_NETWORKS: 'none' }, services: [GatewayModule, BenchModule] });
});
afterAll(() => host.close());

const echo = (message: string, headers: Record<string, string> = admin) =>
  host.gateway.post('/api/services/gateway/echo', { message }, headers);
const button = (within: Page | Locator, name: string) => within.getByRole('button', { name, exact: true });
const lines = (page: Page, text: string) => page.locator('.call-line').filter({ hasText: text });

describe.skipIf(!chromium)('who has not signed in', () => {
  it('is not told of a lost connection when the gateway ends one that says nothing', async () => {
    const { page, context } = await host.look({ key: undefined });
    const clients = host.gateway.gateway.app.get(Clients, { strict: false });
    await page.goto('about:blank');
    await expect.poll(() => clients.size).toBe(0);
    const [line] = await Promise.all([page.waitForEvent('websocket'), page.goto(host.gateway.url)]);
    await expect.poll(() => clients.size).toBe(1);
    const closed = line.waitForEvent('close');
    for (const client of clients.all()) client.end(new OperationError('unauthenticated', 'No credential came'));
    await closed;
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
    expect(await page.getByRole('alert').textContent()).toBe('');
    await context.close();
  });
});

describe.skipIf(!chromium)('a session', () => {
  it('shows each call once, however often its view is opened', () =>
    host.at('live', 'Live calls', async (page) => {
      for (const message of ['one', 'two']) await echo(message);
      await expect.poll(() => lines(page, 'echo').count()).toBe(2);
      await openView(page, 'keys', 'Keys');
      await echo('three');
      await openView(page, 'live', 'Live calls');
      await expect.poll(() => lines(page, 'echo').count()).toBe(3);
    }));

  it('leaves nothing for who signs in after it', async () => {
    await echo('for the admin alone');
    const { key } = await host.makeKey('lesser', ['read']);
    const { page, context, problems } = await host.look();
    await openView(page, 'live', 'Live calls');
    await lines(page, 'echo').first().waitFor();
    await button(page, 'Sign out').click();
    await page.getByLabel('Key or token').fill(key);
    await button(page, 'Sign in').click();
    await page.getByText('Your own calls as they happen.').waitFor();
    await page.getByText('No calls yet').waitFor();
    await echo('my own', { 'x-mcp-key': key });
    await expect.poll(() => lines(page, 'echo').count()).toBe(1);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('goes on with a call that ended while the view was paused, and is paused no more when it is opened again', () =>
    host.at('live', 'Live calls', async (page) => {
      const call = host.gateway.post('/api/services/bench/wait', { ms: 400 }, { ...admin, 'x-request-id': 'held' });
      await page.getByLabel('Filter calls').fill('held');
      await lines(page, 'wait').getByText('running').waitFor();
      await button(page, 'Pause').click();
      await call;
      await lines(page, 'wait').getByText('running').waitFor();
      await button(page, 'Go on').click();
      await lines(page, 'wait').getByText('ok').waitFor();
      await button(page, 'Pause').click();
      await openView(page, 'keys', 'Keys');
      await openView(page, 'live', 'Live calls');
      await button(page, 'Pause').waitFor();
    }));

  it('shows what waits for a person after the gateway was started anew', async () => {
    await host.gateway.post('/config', { 'approvals.require': ['bench.erase'] }, admin);
    const { key } = await host.makeKey('asker', ['write']);
    const ask = (name: string) => host.gateway.post('/api/services/bench/erase', { name }, { 'x-mcp-key': key });
    const { page, context } = await host.look();
    let isAway = false;
    await page.routeWebSocket(/socket\.io/, (line) => void (isAway ? line.close() : line.connectToServer()));
    await page.reload();
    await openView(page, 'approvals', 'Approvals');
    const denied = ask('a\u202e\u{e0041}');
    const card = page.locator('.card').filter({ hasText: 'a\\\\u{202e}\\\\u{e0041}' });
    await card.waitFor();
    await screenshot(page, 'approvals-written-out');
    await button(card, 'Deny').click();
    expect(await denied).toMatchObject({ status: 403 });
    isAway = true;
    await host.gateway.restart({ PORT: new URL(host.gateway.url).port });
    // fewer events than before, and all of them before the page is back
    const answer = ask('after');
    await expect.poll(() => host.itemsOf('/admin/approvals?state=pending')).toHaveLength(1);
    isAway = false;
    await page.locator('.card').filter({ hasText: '"after"' }).waitFor();
    await button(page, 'Approve').click();
    expect(await answer).toMatchObject({ status: 200 });
    await context.close();
  }, 90_000);
});

describe.skipIf(!chromium)('a filter that fails', () => {
  it('leaves nothing of what was asked before, and says why', () =>
    host.at('audit', 'Audit', async (page) => {
      await echo('for the audit');
      await button(page, 'Load anew').click();
      await page.locator('tbody tr').first().waitFor();
      const message = 'The store is away';
      await page.route('**/admin/audit?*outcome=denied*', (route) =>
        route.fulfill({ status: 503, json: { status: 'error', error: { kind: 'unavailable', message } } }),
      );
      await page.getByLabel('Outcome').selectOption('denied');
      await page.getByRole('alert').filter({ hasText: message }).waitFor();
      expect(await page.locator('tbody tr').count()).toBe(0);
      await page.getByLabel('Outcome').selectOption('ok');
      await page.locator('tbody tr').first().waitFor();
      await page.route('**/admin/audit?*', (route) => route.abort());
      await button(page, 'Load anew').click();
      await page.getByRole('alert').filter({ hasText: 'This may have changed' }).waitFor();
      expect(await page.locator('tbody tr').count()).toBeGreaterThan(0);
    }));

  it('gets no page of the list before', () =>
    host.at('audit', 'Audit', async (page) => {
      await echo('for the audit');
      await expect.poll(() => host.itemsOf('/admin/audit')).not.toEqual([]);
      const [template] = await host.itemsOf('/admin/audit');
      const line = (id: string) => ({ ...template, id, service: 's', operation: id });
      let answerMore = (): void => undefined;
      const isAsked = new Promise<void>((asked) => {
        void page.route(/\/admin\/audit(?:\?|$)/, async (route) => {
          const { searchParams } = new URL(route.request().url());
          const wanted = searchParams.get('outcome') ?? 'all';
          if (!searchParams.has('cursor')) {
            await route.fulfill({ json: { items: [line(`first-${wanted}`)], nextCursor: 'next' } });
            return;
          }
          asked();
          await new Promise<void>((resolve) => (answerMore = resolve));
          await route.fulfill({ json: { items: [line(`second-${wanted}`)], nextCursor: null } });
        });
      });
      await button(page, 'Load anew').click();
      await page.getByText('first-all').waitFor();
      const answered = page.waitForResponse((response) => response.url().includes('cursor='));
      await button(page, 'Show more').click();
      await isAsked;
      await page.getByLabel('Outcome').selectOption('ok');
      await page.getByText('first-ok').waitFor();
      answerMore();
      await (await answered).finished();
      await expect.poll(() => button(page, 'Show more').isEnabled()).toBe(true);
      expect(await page.locator('tbody .lead').allTextContents()).toEqual(['s.first-ok']);
    }));
});
