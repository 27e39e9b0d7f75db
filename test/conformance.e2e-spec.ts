import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modernFixture, sessionFixture } from './conformance/fixture/http.js';
import { lostOf } from './conformance/passed.js';
import { revisions, runSuite, type Outcome } from './conformance/suite.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { startGateway, type TestGateway } from './gateway.js';
import { mcpTools } from './mcp-tools/tools.js';

const SUITE_MS = 120_000;
const passedFile = new URL('conformance/passed.json', import.meta.url);
/** Set by `npm run conformance`, which adds what passes to the file and shows what does not. */
const records = process.env.CONFORMANCE_RECORD === '1';

const addresses = ['/mcp', '/mcp/servers/modern', '/mcp/servers/sessions', '/mcp/servers/stdio'];
const stdioFixture = new URL('conformance/fixture/stdio.js', import.meta.url);
const outcomes = new Map<string, Outcome>();

const tools = await mcpTools();

describe.skipIf(!tools)('the official conformance suite', () => {
  let gateway: TestGateway;
  let modern: HttpUpstream;
  let sessions: HttpUpstream;
  beforeAll(async () => {
    [modern, sessions] = await Promise.all([modernFixture(), sessionFixture()]);
    const servers = {
      modern: { url: modern.url },
      sessions: { url: sessions.url },
      // a checkout below /tmp is seen where it is the working directory
      stdio: { command: process.execPath, args: [fileURLToPath(stdioFixture)], cwd: process.cwd() },
    };
    gateway = await startGateway({ env: { MCP_SERVERS: JSON.stringify(servers) } });
  });
  afterAll(async () => {
    await gateway.close();
    await Promise.all([modern.close(), sessions.close()]);
    if (records) record();
  });

  describe.each(addresses)('at %s', (address) => {
    // what waits for an event only so long may be late on a busy machine
    it.each(revisions)(
      'passes in %s whatever it has passed before',
      { timeout: SUITE_MS, retry: 2 },
      async (revision) => {
        const outcome = await runSuite(tools!, gateway.url + address, revision);
        outcomes.set(`${address} ${revision}`, outcome);
        expect(lostOf(outcome, address, revision)).toEqual([]);
        // the suite asks for tools by their names, which are theirs at the upstreams' own addresses alone
        if (address !== '/mcp') expect([...outcome.missed]).toEqual([]);
      },
    );
  });
});

/** `scenario: check` of the official suite, by address and revision. It may only grow. */
function record(): void {
  const passed = JSON.parse(readFileSync(passedFile, 'utf8')) as Record<string, string[]>;
  for (const [name, outcome] of outcomes) {
    passed[name] = [...new Set([...(passed[name] ?? []), ...outcome.passed])].sort();
    console.log(`${name.padEnd(40)} ${outcome.passed.length} passed, ${outcome.missed.size} did not`);
    for (const [check, reason] of outcome.missed) console.log(`    ${check}: ${reason}`);
  }
  writeFileSync(passedFile, `${JSON.stringify(passed, undefined, 2)}\n`);
}
