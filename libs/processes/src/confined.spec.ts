import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { confined, type Confinement } from './confined.js';
import { runProgram } from './run-program.js';
import { findSandbox } from './sandbox.js';

const sandbox = await findSandbox();
const root = mkdtempSync('/var/tmp/confined-spec-');
const work = join(root, 'work');
const limits = { memoryBytes: 256 * 1024 ** 2, processes: 64, cpuSeconds: 2 };

beforeAll(() => {
  mkdirSync(join(work, 'kept'), { recursive: true });
  writeFileSync(join(root, 'secret'), 'secret');
  writeFileSync(join(work, 'kept', 'file'), 'as it was');
  symlinkSync(join(root, 'secret'), join(work, 'way-out'));
});
afterAll(() => rmSync(root, { recursive: true }));

async function run(script: string, more: Partial<Confinement> = {}) {
  const plain = { command: '/bin/bash', args: ['-c', script], env: { PATH: '/usr/bin:/bin' }, cwd: work };
  const { signal } = new AbortController();
  const command = confined(plain, { sandbox, reads: [work], limits, ...more });
  const { exitCode, output, errors } = await runProgram(command, { signal, maxBytes: 100_000 });
  return { exitCode, output: output.toString(), errors: errors.toString() };
}

// containers and some systems let nobody make namespaces
describe.skipIf(sandbox.bwrap === undefined)('a program that is confined', () => {
  it('sees what it is given and the system’s programs, and nothing else', async () => {
    expect((await run('cat kept/file; ls /')).output).toMatch(
      /^as it was(bin|dev|etc|lib\w*|proc|sbin|tmp|usr|var|\n)+$/,
    );
    expect(await run('cat ../secret')).toMatchObject({ exitCode: 1, output: '' });
    expect(await run('cat way-out')).toMatchObject({ exitCode: 1, output: '' });
    expect(await run('cat /etc/passwd')).toMatchObject({ exitCode: 1, output: '' });
  });

  it.each([
    ['what it may only look into', {}, 1],
    ['what it may change', { writes: [work] }, 0],
    ['what it must keep of that', { writes: [work], keeps: [join(work, 'kept')] }, 1],
  ])('can change %s or can’t', async (_what, more, exitCode) => {
    expect(await run('echo changed > kept/new', more)).toMatchObject({ exitCode });
    expect(existsSync(join(work, 'kept', 'new'))).toBe(exitCode === 0);
    rmSync(join(work, 'kept', 'new'), { force: true });
    expect(readFileSync(join(work, 'kept', 'file'), 'utf8')).toBe('as it was');
    expect(await run('echo x > /usr/x', more)).toMatchObject({ exitCode: 1 });
  });

  it.each([
    [true, 0],
    [false, 1],
  ])('has the network where it may: %s', async (network, exitCode) => {
    const listening = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    expect(await run(`: < /dev/tcp/127.0.0.1/${port}`, { network })).toMatchObject({ exitCode });
    listening.close();
  });

  it('sees no process but its own', async () => {
    expect(await run(`kill -0 ${process.pid}`)).toMatchObject({ exitCode: 1 });
  });
});

describe.skipIf(sandbox.prlimit === undefined)('a program with limits', () => {
  it('is refused more memory', async () => {
    expect(await run('x=$(head -c 300M /dev/zero | tr "\\0" x); echo ${#x}')).not.toMatchObject({ exitCode: 0 });
    expect(await run('x=$(head -c 3M /dev/zero | tr "\\0" x); echo ${#x}')).toMatchObject({ output: '3145728\n' });
  });

  it('is ended when its time on the processor is over', async () => {
    expect((await run('while :; do :; done')).exitCode).not.toBe(0);
  });
});

it('a program runs as it is, within its limits, where there is no bubblewrap', () => {
  const plain = { command: '/bin/cat', args: ['file'], env: {}, cwd: work };
  const none = { bwrap: undefined, prlimit: '/p', problem: 'none' };
  expect(confined(plain, { sandbox: none, reads: [work], limits })).toEqual({
    ...plain,
    command: '/p',
    args: ['--data=268435456', '--nproc=64', '--cpu=2', '--core=0', '--', '/bin/cat', 'file'],
  });
});
