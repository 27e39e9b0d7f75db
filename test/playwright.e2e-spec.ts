import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SupervisedUpstreams } from '#libs/core';
import { findProgram } from '#libs/processes';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { mcpTools } from './mcp-tools/tools.js';

const tools = await mcpTools();
const lacks = !tools ? 'Playwright’s server is not installed' : !findProgram('chromium') ? 'there is no chromium' : '';

const PAGE = `<!doctype html><title>A shop</title><h1>Nothing bought</h1>
<button onclick="document.querySelector('h1').textContent = 'One lamp bought'">Buy a lamp</button>`;
const START_MS = 60_000;

/** `npx` for the server alone, which starts what is installed instead of fetching it. */
function npxFor({ file }: { file: string }): string {
  // servers see nothing below /tmp, where a checkout may be
  const directory = mkdtempSync('/var/tmp/npx-');
  chmodSync(directory, 0o755);
  const modules = resolve(file, '../../..');
  for (const name of ['@playwright', 'playwright', 'playwright-core']) {
    cpSync(join(modules, name), join(directory, 'node_modules', name), { recursive: true });
  }
  const cli = join(directory, 'node_modules', relative(modules, file));
  writeFileSync(join(directory, 'npx'), `#!/bin/sh\nshift 2\nexec ${process.execPath} ${cli} "$@"\n`, { mode: 0o755 });
  return directory;
}

describe.skipIf(lacks)(`Playwright’s server, switched on by one word${lacks && ` (${lacks})`}`, () => {
  let gateway: TestGateway;
  let page: Server;
  let programs: string;
  let client: Client | undefined;
  beforeAll(async () => {
    programs = npxFor(tools!.playwright);
    page = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(PAGE));
    await once(page.listen(0, '127.0.0.1'), 'listening');
    gateway = await startGateway({
      env: { PATH: `${programs}:${process.env.PATH}`, MCP_SERVERS: '{"playwright": {"enabled": true}}' },
    });
    await gateway.gateway.app.get(SupervisedUpstreams).find('playwright')!.reached(START_MS);
    client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'legacy' } });
    const requestInit = { headers: { 'x-mcp-key': ADMIN_KEY } };
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', gateway.url), { requestInit }));
  }, START_MS + 20_000);
  afterAll(async () => {
    await client?.close();
    await gateway.close();
    page.close();
    rmSync(programs, { recursive: true });
  });

  const call = async (name: string, input: object = {}) => {
    const { content } = await client!.callTool({ name: `playwright__browser_${name}`, arguments: { ...input } });
    return content as { type: string; text?: string; mimeType?: string; data?: string }[];
  };
  const textOf = async (...of: Parameters<typeof call>) => (await call(...of)).map(({ text = '' }) => text).join('');

  it('drives Chromium: opens a page, reads it, clicks, and takes a picture', { timeout: START_MS }, async () => {
    const { port } = page.address() as AddressInfo;
    expect(await textOf('navigate', { url: `http://127.0.0.1:${port}/` })).toContain('A shop');
    const before = await textOf('snapshot');
    expect(before).toContain('heading "Nothing bought"');
    const [, target] = /button "Buy a lamp" \[ref=(\w+)\]/.exec(before) ?? [];
    await call('click', { element: 'the button', target, ref: target });
    expect(await textOf('snapshot')).toContain('heading "One lamp bought"');
    const [picture] = (await call('take_screenshot', { type: 'png' })).filter(({ type }) => type === 'image');
    expect(picture?.mimeType).toBe('image/png');
    expect(
      Buffer.from(picture?.data ?? '', 'base64')
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });
});
