import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayModule } from '../../libs/services/src/gateway/gateway.module.js';
import { describingServer, type DescribingServer } from './describing-server.js';
import { accessibilityProblems, chromium, openView, screenshot, widths } from './page.js';
import { admin, row, startWithPage, type PageGateway } from './page-gateway.js';

let host: PageGateway;
let upstream: DescribingServer;

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
  upstream = await describingServer('Says hello');
  const env = {
    LOG_LEVEL: 'info',
    MCP_LOG_CONSOLE: 'false',
    TRUSTED_NETWORKS: 'none',
    ALERT_CPU_PERCENT: '0',
    MCP_SERVERS: JSON.stringify({ changing: { url: upstream.url } }),
  };
  host = await startWithPage({ env, services: [GatewayModule] });
});
afterAll(async () => {
  await host.close();
  await upstream.close();
});

describe.skipIf(!chromium)('every view', () => {
  it.each(['light', 'dark'] as const)(
    'stands, is accessible and fits a desk and a phone, %s',
    async (theme) => {
      await host.gateway.post('/api/services/gateway/echo', { message: 'for the audit' }, admin);
      for (const [name, size] of Object.entries(widths)) {
        const { page, context, problems } = await host.look({ size, theme });
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
    const { page, context, problems } = await host.look({ key: (await host.makeKey('reader', ['read'])).key });
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
    host.at('overview', 'Overview', async (page) => {
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
    const { id, key } = await host.makeKey('short', ['read', 'monitor']);
    const { page, context } = await host.look({ key });
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await host.gateway.send({ method: 'DELETE', path: `/admin/api-keys/${id}`, headers: admin });
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await page.evaluate('Object.values({ ...sessionStorage })')).toEqual([]);
    await context.close();
  });
});

describe.skipIf(!chromium)('the audit', () => {
  it('finds calls as the API does, and verifies', () =>
    host.at('audit', 'Audit', async (page) => {
      await host.gateway.post(
        '/api/services/gateway/echo',
        { message: 'once' },
        { ...admin, 'x-request-id': 'once-more' },
      );
      await page.getByLabel('Request id').fill('once-more');
      await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
      const [line] = await host.itemsOf('/admin/audit?requestId=once-more');
      await row(page, 'gateway.echo').getByRole('button').click();
      await page.getByRole('dialog').getByText(line.id).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Verify' }).click();
      await page.getByText(/lines are as they were written/).waitFor();
    }));
});

describe.skipIf(!chromium)('the log', () => {
  it('shows entries as they are written', () =>
    host.at('logs', 'Logs', async (page) => {
      await host.gateway.get('/api/stats', { ...admin, 'x-request-id': 'written-now' });
      await page.getByLabel('Filter entries').fill('written-now');
      await page.locator('.log-line').first().click();
      const entry = page.getByRole('dialog').getByRole('region', { name: 'Entry' });
      expect(JSON.parse((await entry.textContent())!)).toMatchObject({ requestId: 'written-now' });
    }));
});
