import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import { chromium as playwright, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { build } from 'vite';

/** The browser of the system; undefined where there is none, and the tests are skipped. */
export const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** What people look at after a run; git does not see it. */
const SCREENSHOTS = join(import.meta.dirname, '../../coverage/screenshots');

const axeRules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export type Theme = 'light' | 'dark';

export const widths = { desk: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } } as const;

/** Builds the page as `npm run build` does, beside what others run. */
export async function buildPage(): Promise<{ folder: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-page-'));
  const configFile = join(import.meta.dirname, '../../apps/dashboard/vite.config.ts');
  await build({ configFile, build: { outDir: folder }, mode: 'production' });
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function launch(): Promise<Browser> {
  return playwright.launch({ executablePath: chromium!, args: ['--no-sandbox', '--disable-gpu'] });
}

/** A page with all that went wrong in it. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors, refused by the page's policy or thrown, and requests to other addresses. */
  readonly problems: string[];
}

export interface Visiting {
  url: string;
  /** Nobody signs in without one. */
  key?: string | undefined;
  size?: { width: number; height: number };
  theme?: Theme;
}

export async function visit(
  browser: Browser,
  { url, key, size = widths.desk, theme = 'light' }: Visiting,
): Promise<Visit> {
  const context = await browser.newContext({ viewport: size, colorScheme: theme, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      problems.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) problems.push(`asked for ${request.url()}`);
  });
  await page.goto(url);
  if (key !== undefined) await signIn(page, key);
  return { page, context, problems };
}

async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Key or token').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.navigation').waitFor({ state: 'attached' }); // on a phone it is folded away
}

/** Opens a view by its address, and waits until it stands. */
export async function openView(page: Page, path: string, title: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/${path}`)}`);
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  await page.locator('.loading').first().waitFor({ state: 'detached' });
}

/** What is wrong with what the page shows now, by axe's rules for WCAG 2.2 A and AA. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, { runOnly: ${JSON.stringify(axeRules)} })`);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}
