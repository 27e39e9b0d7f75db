import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CommandLine, typed, type Typed } from './command-line.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { Relay } from './relay.js';

let gateway: TestGateway;
let directory: string;

const run = (args: readonly string[], more?: Typed) => typed(gateway.url, args, more);
const json = async (args: readonly string[], more?: Typed) => JSON.parse((await run([...args, '--json'], more)).stdout);
const newKey = async (...permissions: string[]) =>
  (await json(['keys', 'create', 'made', '-p', ...permissions])) as { id: string; key: string };

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cli-'));
  gateway = await startGateway({
    env: {
      MCP_APPROVALS_REQUIRE: 'gateway.status',
      MCP_APPROVALS_WAIT_MS: '0',
      LOG_LEVEL: 'info',
      MCP_LOG_CONSOLE: 'false',
    },
  });
});
afterAll(async () => {
  await gateway.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('call', () => {
  it('calls an operation by its id or its tool, and shows what it answers', async () => {
    const byId = await run(['call', 'gateway.echo', 'message=hello there']);
    expect(byId).toEqual({ code: 0, stdout: '{\n  "message": "hello there"\n}\n', stderr: '' });
    expect((await json(['call', 'gateway_echo', 'message=hello'])).data).toEqual({ message: 'hello' });
  });

  it('takes arguments from words, from files and from standard input', async () => {
    const file = join(directory, 'input.json');
    writeFileSync(file, JSON.stringify({ message: 'from a file' }));
    expect((await json(['call', 'gateway.echo', '--input', file])).data.message).toBe('from a file');
    expect((await json(['call', 'gateway.echo', '--input', '-'], { stdin: '{"message":"piped"}' })).data.message).toBe(
      'piped',
    );
    const given = (await json(['call', 'gateway.echo', `message=@${file}`])).data as unknown;
    expect(given).toEqual({ message: '{"message":"from a file"}' });
  });

  it('shows lists as tables that fit the terminal, with nothing in them that steers it', async () => {
    const { stdout } = await run(['call', 'gateway.search_tools', 'query=pull request', 'limit=2'], {
      columns: 60,
      env: { NO_COLOR: '1' },
    });
    const [headings, ...rows] = stdout.trimEnd().split('\n');
    expect(headings).toMatch(/^name +service +/);
    expect(rows.length).toBeGreaterThan(1);
    const evil = await run(['call', 'gateway.echo', 'message=\u001b]0;pwned\u0007\u202e'], { columns: 60 });
    for (const command of ['\u0007', '\u001b', '\u202e']) expect(evil.stdout).not.toContain(command);
  });

  it.each([
    ['a wrong argument', ['call', 'gateway.echo', 'massage=hello'], 2, /message/],
    ['an operation that is not there', ['call', 'gateway.ecko'], 2, /no operation gateway\.ecko/],
    ['words that are no arguments', ['call', 'gateway.echo', 'hello'], 2, /hello is no argument/],
    ['an option that is not there', ['call', 'gateway.echo', '--massage'], 2, /unknown option '--massage'/],
    ['a command that is not there', ['cal'], 2, /unknown command 'cal'/],
    [
      'a key that is none',
      ['tools'],
      4,
      /credential is not valid[^]*MCP_GATEWAY_KEY/,
      { env: { MCP_GATEWAY_KEY: 'nonsense' } },
    ],
  ] as const)('ends with a code and says what to do: %s', async (_name, args, code, message, more?: Typed) => {
    const outcome = await run(args, more);
    expect(outcome).toEqual({ code, stdout: '', stderr: expect.stringMatching(message) as string });
  });

  it('tells programs of a failure as the gateway told it', async () => {
    const { code, stdout } = await run(['call', 'gateway.echo', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'error', error: { kind: 'invalid', code: -32602 } });
  });

  it('says which permission is missing', async () => {
    const { key } = await newKey('read');
    const outcome = await run(['keys'], { env: { MCP_GATEWAY_KEY: key } });
    expect(outcome).toEqual({ code: 4, stdout: '', stderr: expect.stringMatching(/admin/) as string });
  });
});

describe('a slash command', () => {
  it('is typed as it is, in words or in one', async () => {
    const words = ['/mcp-gateway', 'echo', "it's", 'a "quoted"', '--', '--word'];
    const shown = JSON.stringify({ message: `it's a "quoted" --word` }, null, 2);
    expect(await run(words)).toEqual({ code: 0, stdout: `${shown}\n`, stderr: '' });
    expect((await run(['/mcp-gateway echo one two'])).stdout).toContain('one two');
  });

  it('may come after options of the program', async () => {
    const { stdout } = await run(['--json', '/mcp-gateway', 'echo', 'hello']);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'success', data: { message: 'hello' } });
  });

  it('shows the usage that /help answers', async () => {
    const { stdout } = await run(['/mcp-gateway', 'help']);
    expect(stdout).toMatch(/^\/mcp-gateway echo <message\.\.\.>.*\n {4}Answers the message/m);
  });
});

describe('tools', () => {
  it('lists, finds and shows what may be called', async () => {
    expect((await run(['tools', '--service', 'web'])).stdout).toMatch(
      /^web\.fetch_url +read +ready +\d+ +Reads a URL/m,
    );
    expect((await run(['tools', 'search', 'merge', 'a', 'pull', 'request'])).stdout).toMatch(/^github_merge_pr /m);
    const { stdout } = await run(['tools', 'show', 'postgres.query']);
    expect(stdout).toMatch(/^tool: postgres_query {3}needs: read/m);
    expect(stdout).toMatch(/^database \*? *string/m);
  });

  it('lists only what the key may use', async () => {
    const { key } = await newKey('web.fetch_url');
    const services = await json(['tools'], { env: { MCP_GATEWAY_KEY: key } });
    expect(services.flatMap((each: any) => each.operations.map(({ id }: any) => id))).toEqual(['web.fetch_url']);
  });
});

describe('keys', () => {
  it('makes a key that works, rotates it, and ends it', async () => {
    const { stdout, stderr } = await run(['keys', 'create', 'agent', '-p', 'read', '--team', 'data']);
    const [key, id] = [stdout.trim(), /Its id is (\S+)\./.exec(stderr)?.[1] ?? ''];
    const withKey = (value: string) => run(['call', 'gateway.whoami'], { env: { MCP_GATEWAY_KEY: value } });
    expect((await withKey(key)).code).toBe(0);
    expect((await run(['keys'])).stdout).toMatch(new RegExp(`^${id} +agent +mcp_live_\\S+ +read +data`, 'm'));
    const rotated = (await run(['keys', 'rotate', id])).stdout.trim();
    expect((await withKey(key)).code).toBe(4);
    expect((await withKey(rotated)).code).toBe(0);
    expect((await run(['keys', 'revoke', id])).code).toBe(0);
    expect((await withKey(rotated)).code).toBe(4);
  });

  it('takes the key from a file, which wins over the environment', async () => {
    const file = join(directory, 'key');
    writeFileSync(file, `${(await newKey('read')).key}\n`);
    const { data } = await json(['call', 'gateway.whoami', '--key-file', file]);
    expect(data.permissions).toEqual(['read']);
    const missing = await run(['tools', '--key-file', join(directory, 'none')]);
    expect(missing).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/none can't be read \(ENOENT\)/) as string,
    });
  });
});

describe('approvals', () => {
  it('show what waits, and let it run once it is approved', async () => {
    const { key } = await newKey('read');
    const agent = { env: { MCP_GATEWAY_KEY: key } };
    const asked = await run(['call', 'gateway.status'], agent);
    expect(asked.code).toBe(7);
    const ticket = /ticket=(apr_\w+)/.exec(asked.stderr)?.[1] ?? '';
    expect((await run(['approvals'])).stdout).toMatch(
      new RegExp(`^${ticket} {2}pending {2}gateway\\.status\n {2}asked by made`, 'm'),
    );
    const approved = await run(['approvals', 'approve', ticket, '--note', 'fine']);
    expect(approved).toEqual({ code: 0, stdout: 'gateway.status: approved\n', stderr: '' });
    expect((await run(['call', 'gateway.status', `ticket=${ticket}`], agent)).code).toBe(0);
    expect((await run(['approvals', '--state', 'done'])).stdout).toContain(ticket);
  });
});

describe('audit', () => {
  it('shows calls, proves that none was changed, and writes them to a new file', async () => {
    await run(['call', 'gateway.echo', 'message=seen']);
    expect((await run(['audit', '--operation', 'echo', '--limit', '1'])).stdout).toMatch(/rest +gateway\.echo +ok/);
    expect((await run(['audit', 'verify'])).stdout).toMatch(/^\d+ lines in 1 chain: nothing was changed\.\n$/);
    const file = join(directory, 'audit.jsonl');
    expect((await run(['audit', 'export', '-o', file])).code).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { operation: string }).operation)).toContain('echo');
    expect((await run(['audit', 'export', '--outcome', 'denied'])).stdout).not.toContain('"outcome":"ok"');
  });
});

describe('upstreams', () => {
  it('lists, registers and removes', async () => {
    expect((await run(['upstreams'])).stdout).toMatch(/^playwright +file +reference/m);
    expect((await run(['upstreams', 'add', 'wiki', 'http://203.0.114.7/mcp'])).code).toBe(0);
    expect((await run(['upstreams'])).stdout).toMatch(/^wiki +admin/m);
    expect((await run(['upstreams', 'remove', 'wiki'])).code).toBe(0);
    expect((await run(['upstreams', 'restart', 'wiki'])).code).toBe(2);
    // its name may be there later
    expect((await run(['upstreams', 'add', 'nowhere', 'https://nowhere.invalid/mcp'])).code).toBe(0);
    expect((await run(['upstreams', 'remove', 'nowhere'])).code).toBe(0);
    expect((await run(['upstreams', 'add', 'metadata', 'http://169.254.169.254/mcp'])).code).not.toBe(0);
  });
});

describe('logs', () => {
  it('goes on with what comes, also after a connection that broke', async () => {
    const proxy = await Relay.to(gateway.url);
    const following = new CommandLine(proxy.url, ['logs', '-f', '--search', 'seen-in-the-log', '--json']);
    let told = '';
    following.stdout.on('data', (text: Buffer) => (told += text.toString()));
    const ask = (path: string) => gateway.get(`/seen-in-the-log-${path}`);
    await vi.waitFor(async () => {
      const { body } = await gateway.get('/api/stats', { 'x-mcp-key': ADMIN_KEY });
      expect(body).toMatchObject({ connections: { websocket: 1 } });
    }, 10_000);
    await vi.waitFor(async () => {
      await ask('live');
      expect(told).toMatch(/GET \/seen-in-the-log-live/);
    }, 10_000);
    await proxy.cut();
    await ask('missed');
    await proxy.mend();
    await vi.waitFor(() => expect(told).toMatch(/GET \/seen-in-the-log-missed/), 10_000);
    following.interrupt();
    expect((await following.outcome).code).toBe(0);
    await proxy.cut();
  });
});

describe('doctor', () => {
  let stranger: Server;

  beforeAll(async () => {
    stranger = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => stranger.once('listening', resolve));
  });
  afterAll(() => stranger.close());

  it('finds a gateway well, and says what is not set up', async () => {
    const { code, stdout } = await run(['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^✓ gateway {2}version/m);
    expect(stdout).toMatch(/^✓ sockets/m);
    expect(stdout).toMatch(/^✓ replicas {2}single$/m);
    expect(stdout).toMatch(/^· n8n {2}not configured\n {4}To use it, set N8N_API_URL, N8N_API_KEY\./m);
  });

  it('says what it could not look at with the key that it has', async () => {
    const { key } = await newKey('read');
    const { stdout } = await run(['doctor'], { env: { MCP_GATEWAY_KEY: key } });
    expect(stdout).toMatch(/^· configuration {2}not looked at: you do not hold admin/m);
  });

  it('fails where the key is not taken', async () => {
    const { code, stdout } = await run(['doctor'], { env: { MCP_GATEWAY_KEY: 'nonsense' } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ caller/m);
  });

  it('tells a gateway from something else, and from nothing', async () => {
    const other = await run(['doctor', '--url', `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`]);
    expect(other).toMatchObject({ code: 3, stderr: expect.stringMatching(/is no gateway/) as string });
    const nothing = await run(['doctor', '--url', 'http://127.0.0.1:9']);
    expect(nothing).toMatchObject({ code: 3, stderr: expect.stringMatching(/npm start/) as string });
  });
});

describe('completion', () => {
  it.each([
    ['commands', ['up'], ['upstreams']],
    ['commands of a group', ['keys', 'ro'], ['rotate']],
    ['operations', ['call', 'gateway.ec'], ['gateway.echo']],
    ['arguments', ['call', 'gateway.echo', 'm'], ['message=']],
    ['slash commands', ['/mcp-post'], ['/mcp-postgres']],
    ['clients', ['connect', 'cur'], ['cursor']],
    ['options', ['tools', 'list', '--ser'], ['--service']],
  ])('knows %s', async (_name, words, expected) => {
    const { stdout } = await run(['complete', '--', ...words]);
    expect(stdout.trim().split('\n')).toEqual(expected);
  });

  it.each(['bash', 'zsh', 'fish'])('has a script for %s', async (shell) => {
    expect((await run(['completion', shell])).stdout).toContain('mcp-gateway complete --');
  });
});

describe('connect', () => {
  it('prints what a client needs, with no key in it', async () => {
    const { stdout } = await typed('http://gateway.internal:8100/', ['connect', 'cursor'], { directory });
    expect(JSON.parse(stdout)).toEqual({
      mcpServers: {
        gateway: { url: 'http://gateway.internal:8100/mcp', headers: { 'X-MCP-Key': '${env:MCP_GATEWAY_KEY}' } },
      },
    });
  });

  it('writes it beside what stands there', async () => {
    const file = join(directory, '.mcp.json');
    writeFileSync(file, JSON.stringify({ mcpServers: { mine: { command: 'x' } }, more: 1 }), { mode: 0o600 });
    const { code } = await typed(
      'http://127.0.0.1:8100',
      ['connect', 'claude-code', '--write', '--toolset', 'reading'],
      { directory },
    );
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      mcpServers: {
        mine: { command: 'x' },
        gateway: {
          type: 'http',
          url: 'http://127.0.0.1:8100/mcp/toolsets/reading',
          headers: { 'X-MCP-Key': '${MCP_GATEWAY_KEY}' },
        },
      },
      more: 1,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('starts itself where a client only starts its servers', async () => {
    const args = ['connect', 'claude-desktop', '--write', '--server', 'wiki', '--key-file', 'my.key', '--json'];
    writeFileSync(join(directory, 'my.key'), 'k');
    const { stdout } = await typed('http://127.0.0.1:8100', args, { directory, home: directory });
    expect(JSON.parse(stdout)).toMatchObject({
      path: join(directory, '.config', 'Claude', 'claude_desktop_config.json'),
      entry: {
        command: '/usr/bin/node',
        args: ['/opt/mcp-gateway/main.js', 'stdio', '--server', 'wiki'],
        env: { MCP_GATEWAY_URL: 'http://127.0.0.1:8100/', MCP_GATEWAY_KEY_FILE: join(directory, 'my.key') },
      },
      written: true,
    });
  });

  it.each([
    ['comments', '.cursor/mcp.json', 'cursor', '{ // mine\n "mcpServers": {} }'],
    ['another server of that name', '.codex/config.toml', 'codex', '[mcp_servers.gateway]\nurl = "http://x"\n'],
  ])('leaves a file alone that it could spoil: %s', async (_name, path, client, text) => {
    const home = mkdtempSync(join(directory, 'home-'));
    await typed('http://127.0.0.1:8100', ['connect', client, '--write'], { directory: home, home });
    writeFileSync(join(home, path), text);
    const outcome = await typed('http://127.0.0.1:8100', ['connect', client, '--write'], { directory: home, home });
    expect(outcome).toMatchObject({ code: 2, stderr: expect.stringMatching(/nothing was written/) as string });
    expect(readFileSync(join(home, path), 'utf8')).toBe(text);
  });
});
