import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { ADMIN_KEY, startGateway, type StartOptions, type TestGateway } from '../gateway.js';
import { buildPage, chromium, launch, openView, visit, type Visit, type Visiting } from './page.js';

export const admin = { 'x-mcp-key': ADMIN_KEY };

/** A gateway with its page, and a browser to look at it where there is one. */
export interface PageGateway {
  /** Of the built page. */
  readonly folder: string;
  readonly gateway: TestGateway;
  readonly browser: Browser;
  /** Opens the page, as the admin unless told otherwise. */
  look(how?: Partial<Visiting>): Promise<Visit>;
  /** Works in a view as the admin; nothing may go wrong in the page meanwhile. */
  at(path: string, title: string, work: (page: Page) => Promise<void>): Promise<void>;
  /** What a list of the API has. */
  itemsOf<T = any>(path: string): Promise<T[]>;
  makeKey(name: string, permissions: string[]): Promise<{ id: string; key: string }>;
  close(): Promise<void>;
}

export async function startWithPage(options: StartOptions = {}): Promise<PageGateway> {
  const built = await buildPage();
  const gateway = await startGateway({ ...options, page: built.folder });
  const browser = (chromium ? await launch() : undefined) as Browser;
  const look = (how: Partial<Visiting> = {}) => visit(browser, { url: gateway.url, key: ADMIN_KEY, ...how });
  return {
    folder: built.folder,
    gateway,
    browser,
    look,
    async at(path, title, work) {
      const { page, context, problems } = await look();
      await openView(page, path, title);
      await work(page);
      expect(problems).toEqual([]);
      await context.close();
    },
    itemsOf: async (path) => ((await gateway.get(path, admin)).body as { items: any[] }).items,
    makeKey: async (name, permissions) =>
      (await gateway.post('/admin/api-keys', { name, permissions }, admin)).body as { id: string; key: string },
    async close() {
      await browser?.close();
      await gateway.close();
      built.remove();
    },
  };
}

export const row = (page: Page, text: string): Locator => page.locator('tbody tr').filter({ hasText: text });
