import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modernServer } from './fixtures/upstreams/modern-server.js';
import { sessionServer } from './fixtures/upstreams/session-servers.js';
import type { HttpUpstream } from './fixtures/upstreams/recording-server.js';
import { startGateway, type TestGateway } from './gateway.js';
import { officialClients, type AnyClient } from './official-clients.js';

const CLIENTS = 5;
const CALLS_OF_EACH = 10;

let gateway: TestGateway;
let fixtures: Record<string, HttpUpstream>;
beforeAll(async () => {
  const [modern, session] = await Promise.all([modernServer(), sessionServer('v1')]);
  fixtures = { modern, session };
  const stdio = { command: process.execPath, args: ['test/fixtures/upstreams/session-server.js'], cwd: process.cwd() };
  const servers = { modern: { url: modern.url }, session: { url: session.url }, stdio };
  gateway = await startGateway({ env: { MCP_SERVERS: JSON.stringify(servers) } });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all(Object.values(fixtures).map((fixture) => fixture.close()));
});

type Call = (client: AnyClient, mark: string) => Promise<unknown>;

const textOf = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text;
const call = async (client: AnyClient, name: string, input: object, more = {}, options = {}) =>
  textOf(await client.callTool({ name, arguments: { ...input }, ...more }, options));

/** What of a call comes back to its client before the answer, by the tool that makes it. */
const kinds: Call[] = [
  async (client, mark) => {
    const steps: unknown[] = [];
    const to = 1 + Number(mark.at(-1));
    const onprogress = ({ progress, total }: { progress: number; total?: number }) => steps.push([progress, total]);
    const counted = await call(client, 'count', { to }, {}, { onprogress });
    expect(steps).toEqual(Array.from({ length: to }, (_, n) => [n + 1, to]));
    return counted === String(to) ? mark : counted;
  },
  (client, mark) => call(client, 'ask', { message: mark }),
  (client, mark) => call(client, 'sample', { message: mark }),
  (client, mark) => call(client, 'log', { message: mark }, { _meta: { 'io.modelcontextprotocol/logLevel': 'info' } }),
];
const expected = [
  (_who: string, mark: string) => mark,
  (who: string, mark: string) => `accept ${who} filled in ${mark}`,
  (who: string, mark: string) => `${who} said ${mark}`,
  () => 'logged',
];

describe.each(Object.entries(officialClients))('%s', (_kind, connect) => {
  describe.each(['modern', 'session', 'stdio'])('at the upstream %s', (upstream) => {
    const addressOf = () => new URL(`/mcp/servers/${upstream}`, gateway.url);

    it('progress, lines, forms and samples go to their own of 50 calls', { timeout: 60_000, retry: 3 }, async () => {
      // the SDK drops progress that comes in one chunk with the answer, as it does on a busy machine
      const people = await Promise.all(
        Array.from({ length: CLIENTS }, async (_, n) => {
          const who = `client ${n}`;
          const heard: unknown[] = [];
          const client = await connect(addressOf(), {
            fillIn: (message) => ({ name: `${who} filled in ${message}` }),
            say: (prompt) => `${who} said ${prompt}`,
            hear: (line) => heard.push(line),
          });
          return { who, client, heard };
        }),
      );
      const marksOf = (who: string) => Array.from({ length: CALLS_OF_EACH }, (_, n) => `${who}, call ${n}`);
      const answers = people.map(({ who, client }) =>
        Promise.all(marksOf(who).map((mark, n) => kinds[n % kinds.length]!(client, mark))),
      );
      expect(await Promise.all(answers)).toEqual(
        people.map(({ who }) => marksOf(who).map((mark, n) => expected[n % expected.length]!(who, mark))),
      );
      for (const { who, heard, client } of people) {
        const own = marksOf(who).filter((_, n) => n % kinds.length === 3);
        // over stdio nothing says whose a line is, and one that could be another's is told to nobody
        if (upstream === 'stdio') expect(own).toEqual(expect.arrayContaining(heard));
        else expect(heard.sort()).toEqual(own);
        await client.close();
      }
    });

    it('a call that is cancelled ends there too', async () => {
      const client = await connect(addressOf(), { fillIn: () => ({}), say: () => '' });
      const before = await cancelledAt(upstream, client);
      const leaving = new AbortController();
      const running = client.callTool(
        { name: 'wait', arguments: { ms: 60_000 } },
        { signal: leaving.signal, onprogress: () => leaving.abort(new Error('enough')) },
      );
      await expect(running).rejects.toThrow('enough');
      await expect.poll(() => cancelledAt(upstream, client), { timeout: 5_000 }).toBe(before + 1);
      await client.close();
    });
  });
});

/** How many calls the upstream has seen cancelled, on the connection that the client uses. */
async function cancelledAt(upstream: string, client: AnyClient): Promise<number> {
  return fixtures[upstream]?.seen.cancelled ?? Number(await call(client, 'cancelled', {}));
}

it('arguments that a tool wants in headers reach an upstream of 2026-07-28 there, whatever its client speaks', async () => {
  for (const connect of Object.values(officialClients)) {
    const client = await connect(new URL('/mcp', gateway.url), { fillIn: () => ({}), say: () => '' });
    // the clients of that revision send them where they know the definition
    await client.listTools();
    expect(await call(client, 'modern__region', { region: 'süd' })).toBe('süd');
    expect(fixtures.modern!.requests.at(-1)).toMatchObject({
      headers: { 'mcp-param-region': '=?base64?c8O8ZA==?=', 'mcp-name': 'region', 'mcp-method': 'tools/call' },
      body: { params: { arguments: { region: 'süd' } } },
    });
    await client.close();
  }
});
