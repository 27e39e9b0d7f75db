import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayModule } from '../../libs/services/src/gateway/gateway.module.js';
import { BenchModule } from '../fixtures/bench.service.js';
import { recordingServer, type HttpUpstream } from '../fixtures/upstreams/recording-server.js';
import { ADMIN_KEY, startGateway, type TestGateway } from '../gateway.js';
import { accessibilityProblems, buildPage, chromium, launch, openView, screenshot, visit, widths } from './page.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
let gateway: TestGateway;
let browser: Browser;
let built: Awaited<ReturnType<typeof buildPage>>;
let upstream: HttpUpstream;
let description = 'Says hello';

const views = [
  ['overview', 'Overview'],
  ['live', 'Live calls'],
  ['alerts', 'Alerts'],
  ['logs', 'Logs'],
  ['audit', 'Audit'],
  ['tools', 'Tools'],
  ['upstreams', 'Upstreams'],
  ['approvals', 'Approvals'],
  ['keys', 'Keys'],
  ['limits', 'Limits and blocks'],
  ['configuration', 'Configuration'],
] as const;

beforeAll(async () => {
  upstream = await changingServer();
  built = await buildPage();
  const env = {
    LOG_LEVEL: 'info',
    MCP_LOG_CONSOLE: 'false',
    TRUSTED_NETWORKS: 'none',
    ALERT_FOR_SECONDS: '1',
    ALERT_QUIET_SECONDS: '0',
    ALERT_CPU_PERCENT: '0',
    MCP_SERVERS: JSON.stringify({ changing: { url: upstream.url } }),
    WEB_ALLOWED_HOSTS: new URL(upstream.url).host,
  };
  gateway = await startGateway({ page: built.folder, env, services: [GatewayModule, BenchModule] });
  if (chromium) browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await gateway.close();
  await upstream.close();
  built.remove();
});

/** A server whose only tool can be described anew. */
function changingServer(): Promise<HttpUpstream> {
  const serverInfo = { name: 'changing', version: '1' };
  return recordingServer((_request, response, body) => {
    if (body?.id === undefined) return response.writeHead(body ? 202 : 405).end();
    const tools = [{ name: 'hello', description, inputSchema: { type: 'object' } }];
    const hello = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
    const answer = body.method === 'initialize' ? { result: hello } : { result: { tools } };
    const known = body.method === 'initialize' || body.method === 'tools/list';
    const error = { error: { code: -32601, message: 'Method not found' } };
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, ...(known ? answer : error) }));
  });
}

async function at(path: string, title: string, work: (page: Page) => Promise<void>): Promise<void> {
  const { page, context, problems } = await visit(browser, { url: gateway.url, key: ADMIN_KEY });
  await openView(page, path, title);
  await work(page);
  expect(problems).toEqual([]);
  await context.close();
}

const itemsOf = async <T = any>(path: string): Promise<T[]> => ((await gateway.get(path, admin)).body as any).items;
const row = (page: Page, text: string): Locator => page.locator('tbody tr').filter({ hasText: text });
const makeKey = async (name: string, permissions: string[]): Promise<string> =>
  ((await gateway.post('/admin/api-keys', { name, permissions }, admin)).body as { key: string }).key;

describe.skipIf(!chromium)('every view', () => {
  it.each(['light', 'dark'] as const)(
    'stands, is accessible and fits a desk and a phone, %s',
    async (theme) => {
      await gateway.post('/api/services/gateway/echo', { message: 'for the audit' }, admin);
      for (const [name, size] of Object.entries(widths)) {
        const { page, context, problems } = await visit(browser, { url: gateway.url, key: ADMIN_KEY, size, theme });
        for (const [path, title] of views) {
          await openView(page, path, title);
          await screenshot(page, `${path}-${name}-${theme}`);
          expect([path, await accessibilityProblems(page)]).toEqual([path, []]);
          expect([path, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([path, size.width]);
        }
        expect(problems).toEqual([]);
        await context.close();
      }
    },
    120_000,
  );

  it('names the permission that is missing', async () => {
    const { page, context, problems } = await visit(browser, {
      url: gateway.url,
      key: await makeKey('reader', ['read']),
    });
    const needs = {
      overview: 'monitor',
      logs: 'admin',
      audit: 'admin',
      upstreams: 'admin',
      keys: 'admin',
      approvals: 'approve',
    };
    for (const [path, permission] of Object.entries(needs)) {
      await openView(page, path, views.find(([each]) => each === path)![1]);
      await page.locator('.state code').first().waitFor();
      expect([path, await page.locator('.state code').first().textContent()]).toEqual([path, permission]);
    }
    await screenshot(page, 'no-permission');
    expect(problems).toEqual([]);
    await context.close();
  });

  it('can be reached and left by the keyboard alone', () =>
    at('overview', 'Overview', async (page) => {
      await page.getByRole('link', { name: 'Keys' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: 'Keys' }).waitFor();
      await page.getByRole('button', { name: 'New key' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: 'New key' }).waitFor();
      for (let stops = 0; stops < 20; stops += 1) await page.keyboard.press('Tab');
      expect(
        await page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')"),
      ).toBe(true);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(await page.evaluate('document.activeElement.textContent')).toBe('New key');
    }));

  it('goes back to the door when its key ends', async () => {
    const key = await makeKey('short', ['read', 'monitor']);
    const { page, context } = await visit(browser, { url: gateway.url, key });
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    const { id } = (await itemsOf('/admin/api-keys')).find(({ name }) => name === 'short');
    await gateway.send({ method: 'DELETE', path: `/admin/api-keys/${id}`, headers: admin });
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate('Object.values({ ...sessionStorage })')).toEqual([]);
    await context.close();
  });
});

describe.skipIf(!chromium)('upstreams', () => {
  it('shows what has become of a definition, and approves it', () =>
    at('upstreams', 'Upstreams', async (page) => {
      await row(page, 'changing').getByText('ready').waitFor();
      description = 'Says <b>goodbye</b>';
      await page.getByRole('button', { name: 'Restart changing' }).click();
      await row(page, 'changing').locator('td[data-name=Withheld]').filter({ hasText: '1' }).waitFor();
      await page.getByRole('button', { name: 'Tools of changing' }).click();
      await page.locator('.difference .added').filter({ hasText: '+ Says <b>goodbye</b>' }).waitFor();
      await page.locator('.difference .taken').filter({ hasText: '- Says hello' }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await screenshot(page, 'upstreams-difference');
      await page.getByRole('button', { name: 'Approve what it has become' }).click();
      await page.locator('.card').filter({ hasText: 'hello' }).getByText('approved', { exact: true }).waitFor();
      const [tool] = await itemsOf('/admin/upstreams/changing/tools');
      expect(tool).toMatchObject({ state: 'approved', definition: { description } });
    }));
});

describe.skipIf(!chromium)('keys', () => {
  it('are made, told once, and deleted', () =>
    at('keys', 'Keys', async (page) => {
      await page.getByRole('button', { name: 'New key' }).click();
      await page.getByLabel('Name').fill('made in the page');
      await page.getByLabel('Permissions').fill('read monitor');
      await page.getByLabel('Calls a minute').fill('120');
      await screenshot(page, 'keys-new');
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.getByRole('button', { name: 'Make the key' }).click();
      const shown = page.getByRole('dialog', { name: 'Take the key along' }).getByRole('region', { name: 'Key' });
      const key = (await shown.textContent())!;
      expect(await gateway.get('/api/stats', { 'x-mcp-key': key })).toMatchObject({ status: 200 });
      await page.getByRole('button', { name: 'I have it' }).click();
      await row(page, 'made in the page').waitFor();
      const found = (await itemsOf('/admin/api-keys')).find(({ name }) => name === 'made in the page');
      expect(found).toMatchObject({ permissions: ['read', 'monitor'], limits: { perMinute: 120 } });
      await page.getByRole('button', { name: 'Delete made in the page' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      await row(page, 'made in the page').waitFor({ state: 'detached' });
      expect(await gateway.get('/api/stats', { 'x-mcp-key': key })).toMatchObject({ status: 401 });
    }));
});

describe.skipIf(!chromium)('limits and blocks', () => {
  it('blocks a network and lets it in again', () =>
    at('limits', 'Limits and blocks', async (page) => {
      await page.getByRole('button', { name: 'Block a network' }).click();
      await page.getByRole('textbox', { name: 'Network' }).fill('203.0.113.0/24');
      await page.getByRole('textbox', { name: 'Reason' }).fill('noise');
      await page.getByRole('button', { name: 'Block', exact: true }).click();
      await row(page, '203.0.113.0/24').waitFor();
      expect(await itemsOf('/admin/ip-blocks')).toMatchObject([{ network: '203.0.113.0/24', reason: 'noise' }]);
      await page.getByRole('button', { name: 'Lift the block of 203.0.113.0/24' }).click();
      await row(page, '203.0.113.0/24').waitFor({ state: 'detached' });
      expect(await itemsOf('/admin/ip-blocks')).toEqual([]);
    }));
});

describe.skipIf(!chromium)('approvals', () => {
  it('shows who asks for what, and the call runs when it is approved', () =>
    at('approvals', 'Approvals', async (page) => {
      await gateway.post('/config', { 'approvals.require': ['bench.erase'] }, admin);
      const key = await makeKey('asker', ['write']);
      const answer = gateway.post('/api/services/bench/erase', { name: 'shed' }, { 'x-mcp-key': key });
      const card = page.locator('.card').filter({ hasText: 'bench.erase' });
      await card.getByText('asker').waitFor();
      expect(JSON.parse((await card.getByRole('region').textContent())!)).toEqual({ name: 'shed', all: false });
      expect(await accessibilityProblems(page)).toEqual([]);
      await screenshot(page, 'approvals-waiting');
      await card.getByRole('button', { name: 'Approve' }).click();
      expect(await answer).toMatchObject({ status: 200, body: { data: { erased: 'shed' } } });
      await page.getByText('Nothing waits for you').waitFor();
    }));
});

describe.skipIf(!chromium)('the audit', () => {
  it('finds calls as the API does, and verifies', () =>
    at('audit', 'Audit', async (page) => {
      await gateway.post('/api/services/gateway/echo', { message: 'once' }, { ...admin, 'x-request-id': 'once-more' });
      await page.getByLabel('Request id').fill('once-more');
      await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
      const [line] = await itemsOf('/admin/audit?requestId=once-more');
      await row(page, 'gateway.echo').getByRole('button').click();
      await page.getByRole('dialog').getByText(line.id).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Verify' }).click();
      await page.getByText(/lines are as they were written/).waitFor();
    }));
});

describe.skipIf(!chromium)('the log', () => {
  it('shows entries as they are written', () =>
    at('logs', 'Logs', async (page) => {
      await gateway.get('/api/stats', { ...admin, 'x-request-id': 'written-now' });
      await page.getByLabel('Filter entries').fill('written-now');
      await page.locator('.log-line').first().click();
      const entry = page.getByRole('dialog').getByRole('region', { name: 'Entry' });
      expect(JSON.parse((await entry.textContent())!)).toMatchObject({ requestId: 'written-now' });
    }));
});

describe.skipIf(!chromium)('the configuration', () => {
  it('is searched, changed and undone', () =>
    at('configuration', 'Configuration', async (page) => {
      const valueOf = async () => ((await gateway.get('/config', admin)).body as any).values['alerts.p95Ms'];
      const before = (await valueOf()).value;
      await page.getByLabel('Search settings').fill('alerts.p95Ms');
      await page.getByRole('button', { name: 'Edit alerts.p95Ms' }).click();
      await page.getByRole('textbox', { name: 'alerts.p95Ms' }).fill('7000');
      await page.getByRole('button', { name: 'Save' }).click();
      await row(page, 'alerts.p95Ms').first().getByText('7000').waitFor();
      expect(await valueOf()).toMatchObject({ value: 7_000, origin: 'runtime' });
      await screenshot(page, 'configuration-changed');
      await page.getByRole('button', { name: 'Undo the last change' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
      await expect.poll(async () => (await valueOf()).value).toBe(before);
    }));
});

describe.skipIf(!chromium)('alerts', () => {
  it('are shown as they are raised, acknowledged, and resolved', () =>
    at('alerts', 'Alerts', async (page) => {
      await gateway.post('/config', { 'alerts.authFailuresPerMinute': 1 }, admin);
      for (const key of ['one', 'two', 'three']) await gateway.get('/api/stats', { 'x-mcp-key': key });
      const card = page.locator('.card').filter({ hasText: 'auth-failures' });
      await card.getByText('raised', { exact: true }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await screenshot(page, 'alerts-raised');
      await card.getByRole('button', { name: 'Acknowledge' }).click();
      await card.getByText('Acknowledged', { exact: true }).waitFor();
      const alert = (await itemsOf('/admin/alerts')).find(({ rule }) => rule === 'auth-failures');
      expect(alert).toMatchObject({ resolvedAt: null, acknowledgedAt: expect.any(String) });
      await gateway.post('/config', { 'alerts.authFailuresPerMinute': 0 }, admin);
      await card.getByText('resolved', { exact: true }).waitFor();
    }));
});
