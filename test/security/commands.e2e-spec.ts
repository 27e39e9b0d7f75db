import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findProgram, findSandbox } from '#libs/processes';
import {
  git,
  makeRepository,
  setTrap,
  spring,
  trapNames,
} from '../../libs/services/src/workspace/testing/evil-repositories.js';
import { DockerEngine } from '../contract/docker/docker-engine.js';
import { ADMIN_KEY, startGateway, type TestGateway } from '../gateway.js';
import { expectUnharmed, startWatched, type WatchedGateway } from './invariants.js';

const admin = { 'x-mcp-key': ADMIN_KEY };
const sandbox = await findSandbox();
const hasGit = findProgram('git') !== undefined;

/** Beside the workspace, as a neighbour whose name begins like it. */
const directory = realpathSync(mkdtempSync(join(tmpdir(), 'commands-')));
const app = join(directory, 'app');
const secret = join(directory, 'app-secret');
let gateway: WatchedGateway;
let engine: DockerEngine;

beforeAll(async () => {
  mkdirSync(join(app, 'src'), { recursive: true });
  mkdirSync(secret);
  writeFileSync(join(app, 'a.txt'), 'one\ntwo\n');
  writeFileSync(join(app, 'src/main.ts'), 'export const two = 2;\n');
  writeFileSync(join(secret, 'key'), 'top secret\n');
  symlinkSync(join(secret, 'key'), join(app, 'link-to-key'));
  symlinkSync(secret, join(app, 'link-out'));
  linkSync(join(secret, 'key'), join(app, 'other-name-of-key'));
  execFileSync('mkfifo', [join(app, 'fifo')]);
  if (hasGit) makeRepository(join(app, 'repository'));
  engine = await new DockerEngine().start();
  engine.run('site', { env: ['API_TOKEN=hunter22'], log: [{ stream: 'stdout', time: 1, text: 'ready' }] });
  const env = { MCP_WORKING_DIR: app, MCP_TOOL_TIMEOUT: '15000', DOCKER_HOST: engine.host };
  gateway = await startWatched({ secrets: ['hunter22', directory], env });
});
afterAll(async () => {
  await gateway.close();
  await engine.close();
  rmSync(directory, { recursive: true });
});

afterEach(() => expectUnharmed(gateway));

interface Answered {
  status: number;
  data?: { exitCode: number | null; stdout: string; stderr: string; truncated: boolean };
  error?: { kind: string; message: string };
}

async function call(operation: string, input: object, to: TestGateway = gateway): Promise<Answered & { text: string }> {
  const { status, body, text } = await to.post(`/api/services/workspace/${operation}`, input, admin);
  return { ...(body as object), status, text };
}
const run = (command: string, more: object = {}) => call('execute_command', { command, ...more });
const stdoutOf = async (command: string, more: object = {}) => {
  const { status, data } = await run(command, more);
  expect({ status, stderr: data?.stderr, exitCode: data?.exitCode }).toEqual({ status: 200, stderr: '', exitCode: 0 });
  return data!.stdout;
};

describe('a command', () => {
  it.each([
    ['ls src', 'main.ts\n'],
    ['cat a.txt src/main.ts', 'one\ntwo\nexport const two = 2;\n'],
    ['head -1 a.txt', 'one\n'],
    ['tail -n 1 a.txt', 'two\n'],
    [`grep -rn 'two' src`, 'src/main.ts:1:export const two = 2;\n'],
    [`find src -name '*.ts' -type f`, 'src/main.ts\n'],
    ['cat main.ts', 'export const two = 2;\n', { cwd: 'src' }],
    ['cat ../a.txt', 'one\ntwo\n', { cwd: 'src' }],
    ['cat', 'one\ntwo\n', { args: ['a.txt'] }],
  ] as [string, string, object?][])('runs: %s', async (command, stdout, more = {}) => {
    expect(await stdoutOf(command, more)).toBe(stdout);
  });

  it.skipIf(!hasGit)('runs git on what only reads', async () => {
    expect(await stdoutOf('git log --oneline main..other', { cwd: 'repository' })).toMatch(/^[0-9a-f]{7} Other\n$/);
    expect(await stdoutOf('git diff --stat main other -- a.txt', { cwd: 'repository' })).toContain('a.txt | 2 +-');
    expect(await stdoutOf('git status --short', { cwd: 'repository' })).toBe('');
    expect(await stdoutOf('git branch --show-current', { cwd: 'repository' })).toBe('main\n');
    expect(await stdoutOf('git show other:a.txt', { cwd: 'repository' })).toBe('other\n');
    expect(await stdoutOf('git ls-files', { cwd: 'repository' })).toBe('a.txt\n');
    expect(await stdoutOf('git blame -s a.txt', { cwd: 'repository' })).toContain('1) one');
  });

  it.each<[string, object]>([
    ['docker ps -a', { containers: [{ name: 'site', state: 'running' }], more: false }],
    ['docker inspect site', { name: 'site', environment: { API_TOKEN: '***' } }],
    ['docker images', { images: [] }],
    ['docker stats --no-stream site', { container: 'site', processes: 5 }],
    ['docker info', { version: '28.3.0' }],
  ])('asks the Docker engine, by GET alone: %s', async (command, expected) => {
    engine.requests.length = 0;
    expect(JSON.parse(await stdoutOf(command))).toMatchObject(expected);
    expect(engine.requests.filter((line) => line.startsWith('GET /v'))).not.toEqual([]);
    expect(engine.requests.filter((line) => !line.startsWith('GET '))).toEqual([]);
  });

  it('reads the log of a container as text', async () => {
    expect(await stdoutOf('docker logs --tail 1 site')).toBe('ready\n');
    const gone = await run('docker logs gone');
    expect(gone).toMatchObject({ status: 422, error: { message: expect.stringContaining('No such container: gone') } });
  });

  it('gives its exit code, and no path of the server', async () => {
    const { status, data, text } = await run('grep -q nothing a.txt');
    expect({ status, exitCode: data?.exitCode }).toEqual({ status: 200, exitCode: 1 });
    expect(text).not.toContain(directory);
  });

  it('needs the permission to execute', async () => {
    const { body } = await gateway.post('/admin/api-keys', { name: 'reader', permissions: ['read', 'write'] }, admin);
    const key = { 'x-mcp-key': (body as { key: string }).key };
    const answer = await gateway.post('/api/services/workspace/execute_command', { command: 'ls' }, key);
    expect(answer).toMatchObject({ status: 403, body: { error: { details: { permission: 'execute' } } } });
    // as somebody who is known by address alone
    expect((await gateway.post('/api/services/workspace/execute_command', { command: 'ls' })).status).toBe(403);
  });
});

describe('a command that reaches other machines', () => {
  const waiting: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/wait') return void waiting.push(response);
    if (request.url === '/gone') return void response.writeHead(404).end('no such page');
    response.setHeader('content-type', 'text/plain').end(`${request.method} ${request.headers.accept}`);
  });
  let open: TestGateway;
  let url = '';
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    open = await startGateway({ env: { MCP_WORKING_DIR: app, WEB_ALLOWED_HOSTS: '127.0.0.1' } });
  });
  afterAll(async () => {
    await open.close();
    server.closeAllConnections();
    server.close();
  });
  const runs = (command: string) => call('execute_command', { command }, open);

  it('curl answers what is there, by the client of fetch_url', async () => {
    const { data } = await runs(`curl -s -H 'Accept: text/plain' ${url}/`);
    expect(data).toEqual({ exitCode: 0, stdout: 'GET text/plain', stderr: '', truncated: false });
    expect((await runs(`curl -I ${url}/`)).data?.stdout).toMatch(/^HTTP 200\ncontent-type: text\/plain\n/m);
    const stderr = 'The requested URL returned error: 404\n';
    expect((await runs(`curl -f ${url}/gone`)).data).toEqual({ exitCode: 22, stdout: '', stderr, truncated: false });
    expect((await runs(`curl ${url}/gone`)).data?.stdout).toBe('no such page');
  });

  it('ping is run, or says why it can’t be', async () => {
    const { data, error } = await runs('ping -c 1 127.0.0.1');
    if (findProgram('ping') === undefined) {
      expect(error).toMatchObject({ kind: 'unavailable', message: 'ping is not installed where the gateway runs' });
    } else if (mayPing()) {
      expect(data).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('1 packets transmitted, 1 received') });
    } else {
      expect(error).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('ping_group_range') });
    }
  });

  it('has one of eight places, waits in a line of 32, and is refused beyond it', async () => {
    const running = Array.from({ length: 8 }, () => runs(`curl ${url}/wait`));
    await expect.poll(() => waiting.length, { timeout: 10_000 }).toBe(8);
    const inLine = Array.from({ length: 33 }, () => runs('ls src'));
    const refused = await Promise.race(inLine);
    expect(refused).toMatchObject({
      status: 429,
      error: { kind: 'limited', message: '8 programs run in the workspace and 32 wait; try again soon' },
    });
    for (const response of waiting.splice(0)) response.end('done');
    expect((await Promise.all(running)).map(({ data }) => data?.stdout)).toEqual(Array(8).fill('done'));
    const ended = (await Promise.all(inLine)).map(({ status }) => status);
    expect(ended.sort()).toEqual([...Array<number>(32).fill(200), 429]);
  });
});

/** Each with a control: almost the same words, which succeed. */
describe('no words lead out of the workspace', () => {
  it.each<[string, string, string]>([
    ['find . -exec cat {} +', 'no other program is run', 'find .'],
    ['find src -delete', 'nothing is deleted', 'find src'],
    ['find . -fprintf src/x %p', 'nothing is read from or written to other files', 'find . -print'],
    ['find -files0-from a.txt', 'nothing is read from or written to other files', 'find'],
    ['find -L .', 'links are not followed', 'find .'],
    ['grep -f a.txt src/main.ts', 'patterns are not read from files', 'grep two src/main.ts'],
    ['grep -R secret .', 'links are not followed', 'grep -r two src'],
    ['grep -P "(a+)+$" a.txt', 'can take for ever', 'grep -E "(o+)+" a.txt'],
    ['git -c core.fsmonitor=id status', 'git takes no options before its subcommand', 'git status'],
    ['git -c alias.x=!id x', 'git takes no options before its subcommand', 'git status'],
    ['git -c core.sshCommand=id fetch', 'git takes no options before its subcommand', 'git status'],
    ['git fetch --upload-pack=id .', 'it is not among the subcommands', 'git log'],
    ['git diff -O/etc/passwd', 'nothing is read from other files', 'git diff'],
    ['git diff --ext-diff', 'no other program is run', 'git diff'],
    ['git diff --output=x', 'nothing is written to other files', 'git diff'],
    ['git diff --no-index /etc/passwd a.txt', 'only what is in the repository is compared', 'git diff -- a.txt'],
    ['git --work-tree=/etc status', 'git takes no options before its subcommand', 'git status'],
    ['git log -- --output=x', 'names that begin with - are not taken', 'git log -- a.txt'],
    ['tail -f a.txt', 'it would wait for more that never ends', 'tail a.txt'],
    ['cat < a.txt', 'without shell operators', 'cat a.txt'],
    ['cat a.txt; id', 'without shell operators', 'cat a.txt'],
    ['cat $HOME/x', 'no variables', 'cat a.txt'],
    ['curl file:///etc/passwd', 'url: expected', 'ls'],
    ['curl http://127.0.0.1:1/', 'This address may not be reached', 'ls'],
    ['curl http://169.254.169.254/latest/meta-data/', 'This address may not be reached', 'ls'],
    ['curl -o x http://example.com', 'nothing is written to files', 'ls'],
    ['curl -K a.txt', 'options are not read from files', 'ls'],
    ['curl --libcurl x http://example.com', 'nothing is written to files', 'ls'],
    ['ping 127.0.0.1', 'This address may not be reached', 'ls'],
    ['ping localhost', 'This address may not be reached', 'ls'],
    ['docker run -v /:/host alpine cat /host/etc/passwd', 'the engine is only looked at', 'docker ps'],
    ['bash -c id', 'it is no command that is allowed here', 'ls'],
    ['/bin/ls', 'it is no command that is allowed here', 'ls'],
    ['ls /', 'inside the workspace', 'ls .'],
    ['ls /etc', 'inside the workspace', 'ls src'],
    ['ls ..', 'inside the workspace', 'ls'],
    ['ls ../app-secret', 'inside the workspace', 'ls'],
    ['cat src/../../app-secret/key', 'inside the workspace', 'cat src/../a.txt'],
    ['cat link-to-key', 'is a symbolic link', 'cat a.txt'],
    ['ls link-out', 'is a symbolic link', 'ls src'],
    ['cat link-out/key', 'is not in the workspace', 'cat a.txt'],
    ['grep -r secret link-out', 'is a symbolic link', 'grep -r two src'],
    ['find link-out/', 'is a symbolic link', 'find src/'],
    ['cat other-name-of-key', 'has more than one name (hard links)', 'cat a.txt'],
    ['grep -r secret other-name-of-key', 'have more than one name (hard links)', 'grep -r one a.txt'],
    ['grep -r two .', '"./other-name-of-key"', 'grep -r --exclude=other-name-of-key two .'],
    ['grep -rl two . --exclude=other*', '"./other-name-of-key"', 'grep -r two src'],
    ['cat fifo', 'is no regular file', 'cat a.txt'],
    ['cat src', 'is a directory, not a file', 'cat a.txt'],
    ['cat no-such', 'is not in the workspace', 'cat a.txt'],
  ])('%s', async (command, reason, control) => {
    const cwd = { cwd: command.startsWith('git') && hasGit ? 'repository' : '.' };
    const refused = await run(command, cwd);
    expect([400, 422]).toContain(refused.status);
    expect(refused.error?.message).toContain(reason);
    expect(refused.text).not.toMatch(/top secret|root:x:/);
    expect(refused.text).not.toContain(directory);
    expect(existsSync(join(app, 'repository', 'x'))).toBe(false);
    if (control.startsWith('git') && !hasGit) return;
    expect(await run(control, cwd)).toMatchObject({ status: 200, data: { exitCode: 0, stderr: '' } });
  });

  it.each([
    ['grep -r secret --exclude=other-name-of-key .', ['grep', '-r', '--exclude=other-name-of-key', 'two', '.']],
    ['find . -name key', ['find', '.', '-name', 'main.ts']],
    ['ls -R .', ['ls', '-R', '.']],
  ])('nor do links that are met on the way: %s', async (command, [name = '', ...args]) => {
    const { data } = await run(command);
    expect(data?.stdout).not.toMatch(/top secret|link-out\/key/);
    expect((await run(name, { args })).data?.stdout).toContain('main.ts');
  });

  it.each(['/', '/etc', '..', '../app-secret', 'link-out', 'a.txt', 'no-such'])('nor does cwd: %s', async (cwd) => {
    const refused = await run('ls', { cwd });
    expect([400, 422]).toContain(refused.status);
    expect(refused.text).not.toContain(directory);
    expect(await stdoutOf('ls', { cwd: 'src' })).toBe('main.ts\n');
  });
});

describe('what the operator says', () => {
  it('is what may be run', async () => {
    const few = await startGateway({ env: { MCP_WORKING_DIR: app, MCP_ALLOWED_COMMANDS: 'ls, cat' } });
    expect((await call('execute_command', { command: 'cat a.txt' }, few)).status).toBe(200);
    const refused = await call('execute_command', { command: 'head a.txt' }, few);
    expect(refused.error?.message).toContain('it is no command that is allowed here. Allowed are ls, cat');
    await few.close();
  });

  it('stops the start where it names a command whose options nobody knows', async () => {
    const starting = startGateway({ env: { MCP_ALLOWED_COMMANDS: 'ls,rm' } });
    await expect(starting).rejects.toThrow(/MCP_ALLOWED_COMMANDS must be .*ls, cat, head, tail, grep, find, git, curl/);
  });

  it('can switch all of it off', async () => {
    const off = await startGateway({ env: { MCP_WORKING_DIR: app, MCP_ENABLE_REAL_TOOLS: 'false' } });
    for (const [operation, input] of [
      ['execute_command', { command: 'ls' }],
      ['git_status', {}],
    ] as const) {
      expect((await call(operation, input, off)).error?.kind).toBe('not-configured');
    }
    await off.close();
  });

  it('is told at /ready whether commands are shut in', async () => {
    const { body } = await gateway.get('/ready', admin);
    const reason = `Commands and git run without walls around them: ${sandbox.problem}`;
    const told = sandbox.problem === undefined ? { state: 'ready' } : { state: 'ready', reason };
    expect((body as { details: { workspace: object } }).details.workspace).toMatchObject(told);
  });
});

describe('a command that goes on and on', () => {
  // back references make this one try for minutes; the word at its end tells it apart
  const endless = (word: string) => [
    '-E',
    '-e',
    String.raw`^(a+)(a+)(a+)(a+)(a+)(a+)\1\2\3\4\5\6b$`,
    '-e',
    word,
    'long.txt',
  ];
  beforeAll(() => writeFileSync(join(app, 'long.txt'), `${'a'.repeat(201)}b\n`));

  it('ends with its group at the deadline', async () => {
    const hasty = await startGateway({ env: { MCP_WORKING_DIR: app, MCP_TOOL_TIMEOUT: '2000' } });
    const answer = call('execute_command', { command: 'grep', args: endless('deadline-marker') }, hasty);
    await expect.poll(() => running('deadline-marker'), { timeout: 5_000 }).toBeGreaterThan(0);
    expect(await answer).toMatchObject({ status: 504, error: { kind: 'deadline' } });
    await expect.poll(() => running('deadline-marker'), { timeout: 1_500 }).toBe(0);
    await hasty.close();
  });

  it('ends with its group when its client leaves', async () => {
    const { hostname, port } = new URL(gateway.url);
    const headers = { ...admin, 'content-type': 'application/json' };
    const path = '/api/services/workspace/execute_command';
    const leaving = request({ hostname, port, path, method: 'POST', headers });
    leaving.on('error', () => undefined);
    leaving.end(JSON.stringify({ command: 'grep', args: endless('leaving-marker') }));
    await expect.poll(() => running('leaving-marker'), { timeout: 10_000 }).toBeGreaterThan(0);
    leaving.destroy();
    await expect.poll(() => running('leaving-marker'), { timeout: 1_500 }).toBe(0);
  });

  it('is cut off at 1 MB of output', async () => {
    writeFileSync(join(app, 'large.txt'), `${'x'.repeat(99)}\n`.repeat(20_000));
    const { body } = await gateway
      .rpc('mcp.execute', { service: 'workspace', operation: 'execute_command', command: 'cat large.txt' }, admin)
      .then(({ result }) => ({ body: result as { data: Answered['data'] } }));
    expect(body.data?.truncated).toBe(true);
    expect((await run('head -1 large.txt')).data?.truncated).toBe(false);
  });

  it('tells what it says while it runs', async () => {
    const _meta = {
      progressToken: 'p',
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const params = { name: 'execute_command', arguments: { command: 'cat a.txt' }, _meta };
    const accept = 'application/json, text/event-stream';
    const headers = {
      ...admin,
      accept,
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'execute_command',
    };
    const { text } = await gateway.post('/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params }, headers);
    expect(text).toContain('notifications/progress');
    expect(text).toContain(String.raw`"message":"one\ntwo\n"`);
  });
});

describe.skipIf(!hasGit)('a repository that would run a program', () => {
  it.each(trapNames)('runs none by %s, though plain git does', async (trap) => {
    const name = `trap-${trapNames.indexOf(trap)}`;
    const set = setTrap(trap, app, name);
    const path = set.place.slice(app.length + 1);
    const config = readFileSync(set.config, 'utf8');
    const hooks = readdirSync(join(set.config, '..', 'hooks'));
    for (const [operation, input] of [
      ['git_status', {}],
      ['git_diff', {}],
      ['git_log', {}],
      ['git_show', {}],
      ['git_branch', {}],
      ['git_blame', { file: 'a.txt' }],
      ['git_add', { files: ['.'] }],
      ['git_commit', { message: 'x' }],
      ['git_checkout', { ref: 'new', create: true }],
      ['git_checkout', { ref: 'other' }],
    ] as const) {
      expect((await call(operation, { path, ...input })).status).toSatisfy((status: number) =>
        [200, 422].includes(status),
      );
    }
    for (const command of ['git status', 'git diff', 'git log -p', 'git show']) await run(command, { cwd: path });
    expect(set.sprung()).toBe(false);
    expect(readFileSync(set.config, 'utf8')).toBe(config);
    expect(readdirSync(join(set.config, '..', 'hooks'))).toEqual(hooks);

    const control = setTrap(trap, app, `control-${name}`);
    spring(control);
    expect(control.sprung()).toBe(true);
  });

  it('tells nothing of what git itself says about it', async () => {
    const broken = makeRepository(join(app, 'broken'));
    rmSync(join(broken, '.git/objects'), { recursive: true });
    mkdirSync(join(broken, '.git/objects'));
    for (const operation of ['git_log', 'git_show', 'git_branch']) {
      const { status, text } = await call(operation, { path: 'broken' });
      expect(status).toBe(422);
      expect(text).not.toMatch(/fatal|error:|\/tmp|gateway-git/);
    }
    expect((await call('git_log', { path: 'repository' })).status).toBe(200);
  });

  it('is written to in the name of the caller, by those who may write', async () => {
    const directory = makeRepository(join(app, 'written'));
    writeFileSync(join(directory, 'b.txt'), 'b');
    await call('git_add', { path: 'written', files: ['b.txt'] });
    expect((await call('git_commit', { path: 'written', message: 'Add b' })).status).toBe(200);
    expect(git(directory, 'log', '-1', '--format=%an <%ae> %s').trim()).toMatch(/^.+ <.+@mcp-gateway> Add b$/);
    const { body } = await gateway.post('/admin/api-keys', { name: 'reader', permissions: ['read'] }, admin);
    const key = { 'x-mcp-key': (body as { key: string }).key };
    for (const operation of ['git_add', 'git_commit', 'git_checkout']) {
      expect((await gateway.post(`/api/services/workspace/${operation}`, {}, key)).status).toBe(403);
    }
    expect((await gateway.post('/api/services/workspace/git_status', { path: 'written' }, key)).status).toBe(200);
  });
});

/** Processes of this machine with this word among their arguments. */
function running(word: string): number {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(word);
    } catch {
      return false;
    }
  }).length;
}

/** Whether the system lets programs ping that have no privileges. */
function mayPing(): boolean {
  const [from = 1, to = 0] = readFileSync('/proc/sys/net/ipv4/ping_group_range', 'utf8').split(/\s+/).map(Number);
  const group = process.getgid!();
  return from <= group && group <= to;
}
