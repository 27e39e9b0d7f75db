import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Store } from '#libs/core';
import { GatewayModule } from '../../libs/services/src/gateway/gateway.module.js';
import { BenchModule } from '../fixtures/bench.service.js';
import { describingServer, type DescribingServer } from './describing-server.js';
import { accessibilityProblems, chromium, screenshot } from './page.js';
import { admin, row, startWithPage, type PageGateway } from './page-gateway.js';

const SILENCE_MS = 4 * 3_600_000;
let upstream: DescribingServer;
let host: PageGateway;

beforeAll(async () => {
  upstream = await describingServer('Says hello');
  const env = {
    TRUSTED_NETWORKS: 'none',
    ALERT_QUIET_SECONDS: '0',
    ALERT_CPU_PERCENT: '0',
    MCP_SERVERS: JSON.stringify({ changing: { url: upstream.url } }),
    WEB_ALLOWED_HOSTS: new URL(upstream.url).host,
  };
  host = await startWithPage({ env, services: [GatewayModule, BenchModule] });
});
afterAll(async () => {
  await host.close();
  await upstream.close();
});

const post = (path: string, body: object, headers: Record<string, string> = admin) =>
  host.gateway.post(path, body, headers);
const statusWith = async (key: string) => (await host.gateway.get('/api/stats', { 'x-mcp-key': key })).status;
const button = (within: Page | Locator, name: string) => within.getByRole('button', { name, exact: true });
const confirm = (page: Page, verb: string) => button(page.getByRole('dialog'), verb).click();
/** Of a card, the time that stands beside a name. */
const timeOf = (card: Locator, name: string) =>
  card
    .locator('.fact')
    .filter({ has: card.page().getByText(name, { exact: true }) })
    .locator('time')
    .getAttribute('datetime');

describe.skipIf(!chromium)('upstreams', () => {
  it('shows what has become of a definition, and approves it', () =>
    host.at('upstreams', 'Upstreams', async (page) => {
      await row(page, 'changing').getByText('ready').waitFor();
      upstream.description = 'Says <b>goodbye</b>';
      await page.getByRole('button', { name: 'Restart changing' }).click();
      await row(page, 'changing').locator('td[data-name=Withheld]').filter({ hasText: '1' }).waitFor();
      await page.getByRole('button', { name: 'Tools of changing' }).click();
      await page.locator('.difference .added').filter({ hasText: '+ Says <b>goodbye</b>' }).waitFor();
      await page.locator('.difference .taken').filter({ hasText: '- Says hello' }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await screenshot(page, 'upstreams-difference');
      await page.getByRole('button', { name: 'Approve what it has become' }).click();
      await page.locator('.card').filter({ hasText: 'hello' }).getByText('approved', { exact: true }).waitFor();
      const [tool] = await host.itemsOf('/admin/upstreams/changing/tools');
      expect(tool).toMatchObject({ state: 'approved', definition: { description: upstream.description } });
    }));

  it('approves nothing that was not shown', () =>
    host.at('upstreams', 'Upstreams', async (page) => {
      const pending = async () => {
        const [tool] = await host.itemsOf('/admin/upstreams/changing/tools');
        return (tool?.pending as { description: string } | undefined)?.description;
      };
      const become = async (description: string) => {
        upstream.description = description;
        await post('/admin/upstreams/changing/restart', {});
        await expect.poll(pending).toBe(description);
      };
      await row(page, 'changing').getByText('ready').waitFor();
      await become('Says good day');
      await page.getByRole('button', { name: 'Tools of changing' }).click();
      await page.locator('.difference .added').filter({ hasText: '+ Says good day' }).waitFor();
      await become('Sends your keys elsewhere');
      await page.getByRole('button', { name: 'Approve what it has become' }).click();
      await page.getByText('Its definition has changed meanwhile; look at it again').waitFor();
      await page.locator('.difference .added').filter({ hasText: '+ Sends your keys elsewhere' }).waitFor();
      expect(await pending()).toBe('Sends your keys elsewhere');
      await page.getByRole('button', { name: 'Approve what it has become' }).click();
      await page.locator('.card').filter({ hasText: 'hello' }).getByText('approved', { exact: true }).waitFor();
    }));

  it('adds a server with its credential, and removes it', () =>
    host.at('upstreams', 'Upstreams', async (page) => {
      await button(page, 'Add a server').click();
      await page.getByRole('textbox', { name: 'Name' }).fill('added');
      await page.getByRole('textbox', { name: 'Address' }).fill(upstream.url);
      await page.getByLabel('Bearer token').fill('token-for-the-server');
      expect(await accessibilityProblems(page)).toEqual([]);
      await screenshot(page, 'upstreams-add');
      await button(page, 'Add').click();
      const added = row(page, 'added');
      await added.getByText('ready').waitFor();
      const cells = await added.locator('td').allTextContents();
      const found = (await host.itemsOf('/admin/upstreams')).find(({ name }) => name === 'added');
      expect(found).toMatchObject({ url: upstream.url, headers: { Authorization: '***' }, tools: 1 });
      expect(cells.slice(0, 5)).toEqual(['added', found.state, found.origin, '1', '0']);
      expect(upstream.requests.map(({ headers }) => headers.authorization)).toContain('Bearer token-for-the-server');
      expect(await button(page, 'Remove changing').count()).toBe(0);
      await button(page, 'Remove added').click();
      await confirm(page, 'Remove');
      await added.waitFor({ state: 'detached' });
      expect((await host.gateway.get('/admin/upstreams/added', admin)).status).toBe(404);
    }));
});

describe.skipIf(!chromium)('keys', () => {
  it('are made, told once, and deleted', () =>
    host.at('keys', 'Keys', async (page) => {
      await button(page, 'New key').click();
      await page.getByLabel('Name').fill('made in the page');
      await page.getByLabel('Permissions').fill('read monitor');
      await page.getByLabel('Calls a minute').fill('120');
      await screenshot(page, 'keys-new');
      expect(await accessibilityProblems(page)).toEqual([]);
      await button(page, 'Make the key').click();
      const key = await keyTaken(page);
      expect(await statusWith(key)).toBe(200);
      await row(page, 'made in the page').waitFor();
      const found = (await host.itemsOf('/admin/api-keys')).find(({ name }) => name === 'made in the page');
      expect(found).toMatchObject({ permissions: ['read', 'monitor'], limits: { perMinute: 120 } });
      await button(page, 'Delete made in the page').click();
      await confirm(page, 'Delete');
      await row(page, 'made in the page').waitFor({ state: 'detached' });
      expect(await statusWith(key)).toBe(401);
    }));

  it('keep every limit that was not edited', async () => {
    const limits = { perMinute: 7, costPerDay: 2.5, tokensPerMonth: 1_000 };
    const { body } = await post('/admin/api-keys', { name: 'budgeted', permissions: ['read'], limits });
    const { id } = body as { id: string };
    await host.at('keys', 'Keys', async (page) => {
      await button(page, 'Change budgeted').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('textbox', { name: 'Owner' }).fill('ana');
      await dialog.getByLabel('Cost in 30 days').fill('20.5');
      expect(await dialog.getByLabel('Tokens in 30 days').inputValue()).toBe('1000');
      await screenshot(page, 'keys-change');
      await button(dialog, 'Save').click();
      await row(page, 'budgeted').getByText('ana').waitFor();
      const found = (await host.itemsOf('/admin/api-keys')).find((key) => key.id === id);
      expect(found).toMatchObject({ owner: 'ana', limits: { ...limits, costPerMonth: 20.5 } });
    });
  });

  it('are rotated, and the old one goes on for an hour', async () => {
    const before = await host.makeKey('turning', ['monitor']);
    await host.at('keys', 'Keys', async (page) => {
      await button(page, 'Rotate turning').click();
      await confirm(page, 'Rotate');
      const key = await keyTaken(page);
      expect(key).not.toBe(before.key);
      expect([await statusWith(key), await statusWith(before.key)]).toEqual([200, 200]);
      const found = (await host.itemsOf('/admin/api-keys')).find(({ id }) => id === before.id);
      await row(page, 'turning').getByText(`${found.prefix}…`).waitFor();
      expect(key.startsWith(found.prefix as string)).toBe(true);
      const overlapMs = Date.parse(found.overlapUntil as string) - Date.now();
      expect(overlapMs / 60_000).toBeCloseTo(60, -1);
    });
  });

  /** What the page shows this once. */
  async function keyTaken(page: Page): Promise<string> {
    const dialog = page.getByRole('dialog', { name: 'Take the key along' });
    const key = (await dialog.getByRole('region', { name: 'Key' }).textContent())!;
    await button(dialog, 'I have it').click();
    return key;
  }
});

describe.skipIf(!chromium)('limits and blocks', () => {
  it('blocks a network and lets it in again', () =>
    host.at('limits', 'Limits and blocks', async (page) => {
      await button(page, 'Block a network').click();
      await page.getByRole('textbox', { name: 'Network' }).fill('203.0.113.0/24');
      await page.getByRole('textbox', { name: 'Reason' }).fill('noise');
      await button(page, 'Block').click();
      await row(page, '203.0.113.0/24').waitFor();
      expect(await host.itemsOf('/admin/ip-blocks')).toMatchObject([{ network: '203.0.113.0/24', reason: 'noise' }]);
      await button(page, 'Lift the block of 203.0.113.0/24').click();
      await row(page, '203.0.113.0/24').waitFor({ state: 'detached' });
      expect(await host.itemsOf('/admin/ip-blocks')).toEqual([]);
    }));
});

describe.skipIf(!chromium)('approvals', () => {
  let asker: Record<string, string>;
  beforeAll(async () => {
    await post('/config', { 'approvals.require': ['bench.erase'] });
    asker = { 'x-mcp-key': (await host.makeKey('asker', ['write'])).key };
  });
  const cardOf = (page: Page) => page.locator('.card').filter({ hasText: 'bench.erase' });

  it('shows who asks for what, and the call runs when it is approved', () =>
    host.at('approvals', 'Approvals', async (page) => {
      const answer = post('/api/services/bench/erase', { name: 'shed' }, asker);
      const card = cardOf(page);
      await card.getByText('asker').waitFor();
      expect(JSON.parse((await card.getByRole('region').textContent())!)).toEqual({ name: 'shed', all: false });
      expect(await accessibilityProblems(page)).toEqual([]);
      await screenshot(page, 'approvals-waiting');
      await button(card, 'Approve').click();
      expect(await answer).toMatchObject({ status: 200, body: { data: { erased: 'shed' } } });
      await page.getByText('Nothing waits for you').waitFor();
    }));

  it('denies with a note, which the caller is told', () =>
    host.at('approvals', 'Approvals', async (page) => {
      const answer = post('/api/services/bench/erase', { name: 'house' }, asker);
      await cardOf(page).getByLabel('Note on bench.erase').fill('It is lived in');
      await button(cardOf(page), 'Deny').click();
      const error = { kind: 'not-approved', details: { state: 'denied', note: 'It is lived in' } };
      expect(await answer).toMatchObject({ status: 403, body: { error } });
      await page.getByText('Nothing waits for you').waitFor();
      await page.getByLabel('State').selectOption('denied');
      const denied = cardOf(page).filter({ hasText: 'It is lived in' });
      await denied.waitFor();
      const [found] = await host.itemsOf('/admin/approvals?state=denied');
      expect(found).toMatchObject({ arguments: { name: 'house' }, note: 'It is lived in' });
      expect(await denied.locator('.fact').allTextContents()).toContain(`Decided by${found.decidedBy.subject}`);
      expect(await timeOf(denied, 'Asked')).toBe(found.createdAt);
      expect(await denied.getByRole('button', { name: /Approve|Deny/ }).count()).toBe(0);
    }));
});

describe.skipIf(!chromium)('the audit', () => {
  it('is exported as it is filtered, the same as the API gives it', () =>
    host.at('audit', 'Audit', async (page) => {
      const headers = { ...admin, 'x-request-id': 'to-be-exported' };
      for (const message of ['=1+1', 'with, a comma']) await post('/api/services/gateway/echo', { message }, headers);
      await post('/api/services/gateway/echo', { message: 'another call' });
      await page.getByLabel('Request id').fill('to-be-exported');
      await expect.poll(() => page.locator('tbody tr').count()).toBe(2);
      const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Export').click()]);
      expect(download.suggestedFilename()).toBe('audit.csv');
      const exported = readFileSync(await download.path(), 'utf8');
      const { text } = await host.gateway.get('/admin/audit/export?requestId=to-be-exported&format=csv', admin);
      expect(exported).toBe(text);
      expect(exported.trim().split('\n')).toHaveLength(3);
    }));
});

describe.skipIf(!chromium)('the configuration', () => {
  it('is searched, changed and undone', () =>
    host.at('configuration', 'Configuration', async (page) => {
      const valueOf = async () => ((await host.gateway.get('/config', admin)).body as any).values['alerts.p95Ms'];
      const before = (await valueOf()).value;
      await page.getByLabel('Search settings').fill('alerts.p95Ms');
      await button(page, 'Edit alerts.p95Ms').click();
      await page.getByRole('textbox', { name: 'alerts.p95Ms' }).fill('7000');
      await button(page, 'Save').click();
      await row(page, 'alerts.p95Ms').first().getByText('7000').waitFor();
      expect(await valueOf()).toMatchObject({ value: 7_000, origin: 'runtime' });
      await screenshot(page, 'configuration-changed');
      await button(page, 'Undo the last change').click();
      await confirm(page, 'Undo');
      await expect.poll(async () => (await valueOf()).value).toBe(before);
    }));
});

describe.skipIf(!chromium)('alerts', () => {
  const alertNow = async () => (await host.itemsOf('/admin/alerts?state=raised'))[0];

  it('are shown as they are raised, silenced, heard again, acknowledged, and resolved', () =>
    host.at('alerts', 'Alerts', async (page) => {
      await post('/config', { 'alerts.authFailuresPerMinute': 1 });
      for (const key of ['one', 'two', 'three']) await statusWith(key);
      const card = page.locator('.card').filter({ hasText: 'auth-failures' });
      await card.getByText('raised', { exact: true }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await screenshot(page, 'alerts-raised');

      await button(card, 'Silence for 4 hours').click();
      await card.getByText('Silent until', { exact: true }).waitFor();
      const silenced = await alertNow();
      expect(silenced).toMatchObject({ rule: 'auth-failures', resolvedAt: null });
      expect((Date.parse(silenced.silencedUntil as string) - Date.now()) / SILENCE_MS).toBeCloseTo(1, 1);
      expect(await timeOf(card, 'Silent until')).toBe(silenced.silencedUntil);
      await button(card, 'End the silence').click();
      await card.getByText('Silent until', { exact: true }).waitFor({ state: 'detached' });
      expect((await alertNow()).silencedUntil).toBeNull();

      await button(card, 'Acknowledge').click();
      await card.getByText('Acknowledged', { exact: true }).waitFor();
      const { acknowledgedAt, raisedAt } = await alertNow();
      expect([await timeOf(card, 'Acknowledged'), await timeOf(card, 'Raised')]).toEqual([acknowledgedAt, raisedAt]);
      expect(await button(card, 'Acknowledge').count()).toBe(0);

      await post('/config', { 'alerts.authFailuresPerMinute': 0 });
      await card.getByText('resolved', { exact: true }).waitFor();
      expect(await alertNow()).toBeUndefined();
    }));

  it('tell how many gateways see the same', async () => {
    await host.gateway.gateway.app.get(Store, { strict: false }).run((manager) =>
      manager.query(
        `INSERT INTO alerts (id, rule, subject, replica, also_seen_by, state, severity, message, value, threshold, raised_at)
         VALUES ('seen', 'upstream-down', 'wiki', 'a', '{b,c}', 'raised', 'critical', 'The upstream wiki is down', 1, 0, now())`,
      ),
    );
    await host.at('alerts', 'Alerts', async (page) => {
      await page.locator('.card').filter({ hasText: 'of wiki' }).getByText('3 gateways', { exact: true }).waitFor();
      await screenshot(page, 'alerts-shared');
    });
  });
});
