import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findSandbox, replaceablePlaces, sandboxed, cleanEnvironment } from './sandbox.js';
import { ProcessGroup } from './process-group.js';

const sandbox = await findSandbox();
// not below /tmp, which is hidden as a whole, wherever the checkout is
const root = mkdtempSync('/var/tmp/sandbox-spec-');
const cwd = join(root, 'work');
const data = join(root, 'data');
const secret = join(root, 'config.json');
/** There, and not to be reached by anybody. */
const endless = join(root, 'endless');

beforeAll(() => {
  mkdirSync(cwd);
  mkdirSync(data);
  writeFileSync(join(data, 'key'), 'secret');
  writeFileSync(secret, 'secret');
  symlinkSync(endless, endless);
});
afterAll(() => rmSync(root, { recursive: true }));

/** What a program that runs shut in evaluates to. */
async function inside(
  script: string,
  { network = true, files = [secret], change = () => {}, at = cwd } = {},
): Promise<unknown> {
  const code = `const fs = require('node:fs');
    const attempt = (work) => { try { return work(); } catch (error) { return error.code; } };
    Promise.resolve(${script}).then((value) => console.log(JSON.stringify(value)));`;
  const plain = { command: process.execPath, args: ['-e', code], env: cleanEnvironment({ OWN: '1' }, cwd), cwd: at };
  const child = new ProcessGroup(sandboxed(plain, { sandbox, hidden: [data, ...files, endless], network }));
  child.errors?.once('data', () => {
    change();
    child.input?.end('go');
  });
  const chunks: Buffer[] = [];
  child.output?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const said = child.output ? once(child.output, 'end') : undefined;
  expect(await child.ended).toBe('it ended with exit code 0');
  await said;
  return JSON.parse(Buffer.concat(chunks).toString());
}

describe('a system', () => {
  it('can shut processes in, or says why not', () => {
    expect(sandbox.bwrap === undefined).toBe(sandbox.problem !== undefined);
  });
});

// containers and some systems let nobody make namespaces
const able = sandbox.bwrap === undefined ? () => undefined : describe;

able('a process that is shut in', () => {
  it.each([
    ['sees nothing of a hidden directory', `fs.readdirSync(${JSON.stringify(data)})`, []],
    ['can’t read a hidden file', `attempt(() => fs.readFileSync(${JSON.stringify(secret)}, 'utf8'))`, 'ENOENT'],
    ['can’t write outside', `attempt(() => fs.writeFileSync(${JSON.stringify(join(root, 'x'))}, ''))`, 'EROFS'],
    ['can’t signal the gateway', `attempt(() => process.kill(${process.pid}, 0))`, 'ESRCH'],
    ['sees its own processes alone', `fs.readdirSync('/proc').filter((name) => +name > 10)`, []],
    ['sees no sockets of services', `attempt(() => fs.readdirSync('/run').filter((name) => name !== 'systemd'))`, []],
    [
      'gets the variables that it is given, and where it is',
      `Object.keys(process.env).sort()`,
      ['HOME', 'LANG', 'OWN', 'PATH', 'PWD', 'TMPDIR'],
    ],
  ])('%s', async (_what, script, expected) => {
    expect(await inside(script)).toEqual(expected);
  });

  it('writes to its working directory, and to a /tmp of its own', async () => {
    const name = `sandbox-spec-${process.pid}`;
    await inside(`[fs.writeFileSync('kept', 'here'), fs.writeFileSync('/tmp/${name}', '')]`);
    expect(readFileSync(join(cwd, 'kept'), 'utf8')).toBe('here');
    expect(existsSync(join(tmpdir(), name))).toBe(false);
  });

  it.each([
    [true, 'connected'],
    [false, 'ECONNREFUSED'],
  ])('has the network where it may: %s', async (network, expected) => {
    const listening = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    const script = `new Promise((resolve) => {
      const socket = require('node:net').connect(${port}, '127.0.0.1', () => resolve('connected') || socket.destroy());
      socket.once('error', ({ code }) => resolve(code));
    })`;
    expect(await inside(script, { network })).toBe(expected);
    listening.close();
  });

  it('does not see a hidden file that is replaced, comes, or is reached by links, and sees all else', async () => {
    // as Kubernetes does it
    const mounted = join(root, 'mounted');
    const [token, later, own] = [join(mounted, 'token'), join(root, 'later', '.env'), join(cwd, '.env')];
    mkdirSync(join(mounted, '..1'), { recursive: true });
    writeFileSync(join(mounted, '..1', 'token'), 'secret');
    symlinkSync('..1', join(mounted, '..data'));
    symlinkSync('..data/token', token);
    writeFileSync(join(root, 'other'), 'of others');
    writeFileSync(own, 'secret');
    const paths = [secret, token, join(mounted, '..data', 'token'), join(mounted, '..2', 'token'), later, own];
    const script = `(async () => {
      const read = (path) => attempt(() => fs.readFileSync(path, 'utf8'));
      const all = () => [...${JSON.stringify(paths)}.map(read), read(${JSON.stringify(join(root, 'other'))})];
      const before = all();
      console.error('ready');
      await new Promise((resolve) => process.stdin.once('data', resolve));
      return [before, all()];
    })().finally(() => process.stdin.destroy())`;
    const change = () => {
      writeFileSync(`${secret}.new`, 'secret');
      renameSync(`${secret}.new`, secret);
      mkdirSync(join(root, 'later'));
      writeFileSync(later, 'secret');
      mkdirSync(join(mounted, '..2'));
      writeFileSync(join(mounted, '..2', 'token'), 'secret');
      symlinkSync('..2', join(mounted, '..data_tmp'));
      renameSync(join(mounted, '..data_tmp'), join(mounted, '..data'));
      rmSync(join(mounted, '..1'), { recursive: true });
    };
    const files = [secret, token, later, own];
    const [before, after] = (await inside(script, { files, change })) as string[][];
    const unseen = ['ENOENT', 'ENOENT', 'ENOENT', 'ENOENT', 'ENOENT'];
    expect(before).toEqual([...unseen, 'EACCES', 'of others']);
    expect(after).toEqual([...unseen, 'EACCES', 'of others']);
  });

  it('has what it works in as it is, and the files that it would see there are named', () => {
    const plain = { command: 'server', args: [`--root=${data}`], env: {}, cwd };
    const hidden = [join(cwd, '.env'), join(data, 'key'), secret];
    expect(replaceablePlaces(plain, { sandbox, hidden, network: true })).toEqual({
      replaceable: [join(cwd, '.env'), join(data, 'key')],
      fixed: [root],
    });
  });

  it('sees nothing hidden below /, where it works in that, and may write beside it', async () => {
    const beside = mkdtempSync(join(tmpdir(), 'sandbox-spec-'));
    const file = join(beside, 'token');
    writeFileSync(file, 'secret');
    const made = join(root, 'made');
    const script = `[${JSON.stringify(file)}, ${JSON.stringify(secret)}].map((path) => attempt(() => fs.readFileSync(path, 'utf8')))
      .concat(attempt(() => fs.writeFileSync(${JSON.stringify(made)}, '')) ?? 'made')`;
    for (const at of ['/', root]) {
      const files = at === '/' ? [file, secret] : [secret];
      expect(await inside(script, { files, at })).toEqual([at === '/' ? 'EACCES' : 'ENOENT', 'EACCES', 'made']);
    }
    rmSync(beside, { recursive: true });
  });

  it('works where a link of a hidden directory leads', async () => {
    const beside = mkdtempSync(join(tmpdir(), 'sandbox-spec-'));
    symlinkSync(cwd, join(beside, 'link'));
    expect(await inside('process.cwd()', { at: join(beside, 'link') })).toBe(cwd);
    rmSync(beside, { recursive: true });
  });

  it('is limited in memory', async () => {
    const limits = await inside(`fs.readFileSync('/proc/self/limits', 'utf8')`);
    expect(limits).toMatch(/Max data size +4294967296/);
  });

  it('ends with all that it started', async () => {
    const script = `require('node:child_process').spawn('sleep', ['98765'], { detached: true, stdio: 'ignore' }); console.log('up'); setInterval(() => 0, 1000)`;
    const plain = { command: process.execPath, args: ['-e', script], env: cleanEnvironment({}, cwd), cwd };
    const child = new ProcessGroup(sandboxed(plain, { sandbox, hidden: [], network: true }));
    if (child.output) await once(child.output, 'data');
    expect(sleepers()).toBe(1);
    await child.stop();
    await expect.poll(sleepers).toBe(0);
  });
});

describe('where there is no bubblewrap', () => {
  it('a process runs as it is, within its limits', () => {
    const plain = { command: 'server', args: ['--stdio'], env: {}, cwd };
    const none = { bwrap: undefined, prlimit: undefined, problem: 'none' };
    expect(sandboxed(plain, { sandbox: none, hidden: [data], network: true })).toEqual(plain);
    expect(sandboxed(plain, { sandbox: { ...none, prlimit: '/p' }, hidden: [data], network: true })).toEqual({
      ...plain,
      command: '/p',
      args: ['--data=4294967296', '--nproc=2048', '--core=0', '--', 'server', '--stdio'],
    });
  });
});

function sleepers(): number {
  return readProcesses().filter((line) => line === 'sleep\x0098765\x00').length;
}

function readProcesses(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    });
}
