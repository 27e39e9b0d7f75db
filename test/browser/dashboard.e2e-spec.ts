import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type TestGateway } from '../gateway.js';
import { accessibilityProblems, chromium, openView, screenshot, widths } from './page.js';
import { admin, startWithPage, type PageGateway } from './page-gateway.js';

let host: PageGateway;
let gateway: TestGateway;

beforeAll(async () => {
  host = await startWithPage({ env: { JWT_SECRET: 'kJ3n8sQ0vX5bT1yR7wE2uZ9pL4mC6aHd' } });
  gateway = host.gateway;
});
afterAll(() => host.close());

describe('the files of the page', () => {
  it('come with a policy that lets in nothing from elsewhere and nothing inline', async () => {
    const page = await gateway.get('/');
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(page.headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    );
    expect(page.text).not.toMatch(/<style|<script(?![^>]* src=)| style="| on\w+="|https?:/);
  });

  it('are asked for anew only when they have changed', async () => {
    const page = await gateway.get('/');
    expect(page.headers['cache-control']).toBe('no-cache');
    const again = await gateway.get('/', { 'if-none-match': page.headers.etag! });
    expect(again).toMatchObject({ status: 304, text: '' });
    const [asset] = /\/assets\/index-[\w-]+\.js/.exec(page.text)!;
    expect((await gateway.get(asset)).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const packed = await gateway.get(asset, { 'accept-encoding': 'gzip' });
    expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Origin, Accept-Encoding' });
  });

  it('are no others', async () => {
    for (const name of ['index.html', 'package.json', '..%2findex.html', '%2e%2e%2f%2e%2e%2fpackage.json', '']) {
      expect(await gateway.get(`/assets/${name}`)).toMatchObject({ status: 404 });
    }
  });

  it('are for everybody, but not with a bad key', async () => {
    const bad = { 'x-mcp-key': 'nonsense' };
    expect(await gateway.get('/', bad)).toMatchObject({ status: 401 });
    expect(await gateway.get('/assets/nothing.js', bad)).toMatchObject({ status: 401 });
  });
});

it('is closed where DOORS does not name it', async () => {
  const closed = await startGateway({ env: { DOORS: 'mcp,rpc' }, page: host.folder });
  expect(await closed.get('/')).toMatchObject({ status: 404 });
  await closed.close();
});

describe.skipIf(!chromium)('in Chromium', () => {
  it('a key that is wrong is refused with the reason, and a good one opens the overview', async () => {
    const { page, context, problems } = await host.look({ key: undefined });
    await page.getByLabel('Key or token').fill('nonsense');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'The gateway does not take this key' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, 'sign-in');
    await page.getByLabel('Key or token').fill(ADMIN_KEY);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    expect(await page.evaluate('Object.values({ ...localStorage })')).toEqual([]);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('a token opens it too, and stays in the tab', async () => {
    const asked = { subject: 'ana@example.com', permissions: ['monitor', 'admin'] };
    const { token } = (await gateway.post('/admin/tokens', asked, admin)).body as { token: string };
    const { page, context, problems } = await host.look({ key: token });
    await page.locator('.account-name').filter({ hasText: 'ana@example.com' }).waitFor();
    await openView(page, 'keys', 'Keys');
    await page.locator('tbody tr').filter({ hasText: 'MCP_ADMIN_KEY' }).waitFor();
    await page.reload();
    await page.locator('tbody tr').filter({ hasText: 'MCP_ADMIN_KEY' }).waitFor();
    expect(await page.evaluate('[{ ...localStorage }, { ...sessionStorage }]')).toEqual([
      {},
      { 'mcp-gateway.key': token },
    ]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Key or token').fill(`${token}x`);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'The gateway does not take this key or token' }).waitFor();
    expect(await page.evaluate('[{ ...localStorage }, { ...sessionStorage }]')).toEqual([{}, {}]);
    expect(problems).toEqual([]);
    await context.close();
  });

  it('shows the same counts as the API', async () => {
    await gateway.rpc('mcp.execute', { service: 'gateway', operation: 'echo', message: 'hello' }, admin);
    const { page, context, problems } = await host.look();
    const { body } = await gateway.get('/api/stats', admin);
    const { tools } = body as { tools: { total: number } };
    const tile = page.locator('.tile').filter({ hasText: 'Tools' }).locator('.tile-value');
    await tile.waitFor();
    expect(await tile.textContent()).toBe(String(tools.total));
    await page.locator('.ranking li').filter({ hasText: 'gateway.echo' }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, 'overview');
    expect(problems).toEqual([]);
    await context.close();
  });

  it('shows a call as it happens, with its arguments but not its secrets', async () => {
    const { page, context, problems } = await host.look();
    await openView(page, 'live', 'Live calls');
    const message = '<img src=x onerror=alert(1)> ghp_0123456789abcdefghijABCDEFGHIJ012345';
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
    const headers = { ...admin, 'x-request-id': 'seen-in-the-page', traceparent };
    await gateway.post('/api/services/gateway/echo', { message }, headers);
    await page.getByLabel('Filter calls').fill('seen-in-the-page');
    await page.locator('.call-line').filter({ hasText: 'gateway.echo' }).click();
    const dialog = page.getByRole('dialog', { name: 'gateway.echo' });
    await dialog.getByText(traceId).waitFor();
    const steps = await dialog.locator('.ranking-name').allTextContents();
    expect(steps).toEqual([
      'Find and authorize',
      'Admit, within its limits',
      'Parse the arguments',
      'Run',
      'Guard and shape the answer',
      'The rest',
    ]);
    const given = dialog.getByRole('region', { name: 'Arguments' });
    await given.waitFor();
    expect(await given.textContent()).toContain('<img src=x onerror=alert(1)>');
    expect(await given.textContent()).not.toContain('ghp_');
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, 'live-detail');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(problems).toEqual([]);
    await context.close();
  });

  it('tries a tool from its schema, and says how to do the same elsewhere', async () => {
    const { page, context, problems } = await host.look();
    await openView(page, 'tools', 'Tools');
    await page.getByLabel('Search tools').fill('echo');
    await page.getByRole('button', { name: /^echo/ }).click();
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByText('This is needed').waitFor();
    await page.getByLabel('message').fill('from the page');
    await page.getByRole('button', { name: 'Run' }).click();
    const answer = page.getByRole('region', { name: 'Answer' });
    await answer.waitFor();
    expect(JSON.parse((await answer.textContent())!)).toMatchObject({
      status: 'success',
      data: { message: 'from the page' },
    });
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, 'tools-try');
    await page.getByRole('tab', { name: 'Slash' }).click();
    const line = await page.getByRole('region', { name: 'Call as slash' }).textContent();
    expect(await gateway.post('/mcp/execute', { command: line }, admin)).toMatchObject({
      status: 200,
      body: { data: { message: 'from the page' } },
    });
    await page.getByRole('tab', { name: 'JSON-RPC' }).click();
    const rpc = await page.getByRole('region', { name: 'Call as rpc' }).textContent();
    expect(await gateway.post('/mcp/rpc', JSON.parse(rpc!), admin)).toMatchObject({ status: 200 });
    expect(problems).toEqual([]);
    await context.close();
  });

  it.each(['light', 'dark'] as const)('fits a phone, %s', async (theme) => {
    const { page, context } = await host.look({ size: widths.phone, theme });
    await page.locator('.tile').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(widths.phone.width);
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, `phone-${theme}`);
    await context.close();
  });
});
