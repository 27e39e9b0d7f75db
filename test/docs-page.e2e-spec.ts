import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGateway, type TestGateway } from './gateway.js';

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

it('loads nothing from elsewhere', async () => {
  const page = await gateway.get('/docs');
  expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
  const sources = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source!);
  expect(sources).toEqual([
    '/docs/favicon-32x32.png',
    '/docs/swagger-ui.css',
    '/docs/swagger-ui-bundle.js',
    '/docs/start.js',
  ]);
  for (const source of sources) expect(await gateway.get(source)).toMatchObject({ status: 200 });
});

it('serves its own files and no others', async () => {
  for (const name of ['package.json', 'index.html', '..%2fpackage.json', '%2e%2e%2f%2e%2e%2fpackage.json']) {
    expect(await gateway.get(`/docs/${name}`)).toMatchObject({ status: 404 });
  }
});

it.skipIf(!chromium)(
  'shows the operations in Chromium',
  async () => {
    const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
    const { stdout } = await promisify(execFile)(
      chromium!,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--user-data-dir=${profile}`,
        '--virtual-time-budget=20000',
        // what is not in sight is not drawn
        '--window-size=1200,20000',
        '--dump-dom',
        `${gateway.url}/docs`,
      ],
      { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 },
    );
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    const shown = [...stdout.matchAll(/data-path="([^"]+)"/g)].map(([, path]) => path);
    expect(shown).toContain('/api/services/postgres/query');
  },
  60_000,
);
