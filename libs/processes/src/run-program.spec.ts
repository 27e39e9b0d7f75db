import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findProgram } from './find-program.js';
import { runProgram, type RunOptions } from './run-program.js';

const run = (script: string, options: Partial<RunOptions> = {}) =>
  runProgram(
    { command: '/bin/sh', args: ['-c', script], env: { PATH: '/usr/bin:/bin' }, cwd: '/' },
    { signal: new AbortController().signal, maxBytes: 1_000, ...options },
  );

const running = (marker: string) =>
  readdirSync('/proc').filter((name) => /^\d+$/.test(name) && argumentsOf(name).includes(marker)).length;

function argumentsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

describe('a program', () => {
  it('answers what it says, and how it ends', async () => {
    expect(await run('echo out; echo err >&2; exit 3')).toEqual({
      exitCode: 3,
      output: Buffer.from('out\n'),
      errors: Buffer.from('err\n'),
      truncated: false,
    });
    expect((await run('kill -9 $$')).exitCode).toBeNull();
  });

  it('reads what it is given, and nothing where that is nothing', async () => {
    expect((await run('cat', { input: 'given' })).output.toString()).toBe('given');
    expect((await run('cat')).output.toString()).toBe('');
  });

  it('is not disturbed where it does not read', async () => {
    expect((await run('exec <&-; echo there', { input: 'x'.repeat(1_000_000) })).output.toString()).toBe('there\n');
  });

  it('is ended when it says too much, with what it said until then', async () => {
    const { output, truncated } = await run('echo first; yes', { maxBytes: 10 });
    expect({ output: output.toString(), truncated }).toEqual({ output: 'first\ny\ny\n', truncated: true });
    expect(await run('printf 1234567890', { maxBytes: 10 })).toMatchObject({ truncated: false });
  });

  it('tells what it says as it says it', async () => {
    const said: string[] = [];
    const over = new AbortController();
    const running = run('echo first; exec sleep 98', {
      signal: over.signal,
      onOutput: (part) => {
        said.push(part.toString());
        over.abort(new Error('heard'));
      },
    });
    await expect(running).rejects.toThrow('heard');
    expect(said).toEqual(['first\n']);
  });

  it('is told of without its output being kept, where that is enough', async () => {
    const said: string[] = [];
    const onOutput = (part: Buffer) => void said.push(part.toString());
    const { output, truncated } = await run('echo out', { onOutput, keepsOutput: false });
    expect([said.join(''), output.length, truncated]).toEqual(['out\n', 0, false]);
    expect(await run('yes', { keepsOutput: false })).toMatchObject({ output: Buffer.alloc(0), truncated: true });
  });

  it('ends with all that it started when its time is over', async () => {
    const over = new AbortController();
    const run98 = run('sleep 98765.1 & sleep 98765.1 & echo up; wait', {
      signal: over.signal,
      onOutput: () => {
        expect(running('98765.1')).toBeGreaterThan(1);
        over.abort(new Error('too late'));
      },
    });
    await expect(run98).rejects.toThrow('too late');
    await expect.poll(() => running('98765.1')).toBe(0);
  });

  it('leaves nothing behind when it ends by itself', async () => {
    await run('sleep 98765.2 & echo up');
    await expect.poll(() => running('98765.2')).toBe(0);
  });

  it('is not waited for where it has gone but something holds its output open', async () => {
    // with job control, what runs behind is a group of its own
    expect(await run('exec bash -c "set -m; sleep 3 & echo up"')).toMatchObject({
      output: Buffer.from('up\n'),
      exitCode: 0,
    });
  });

  it('is not started when its time is over before', async () => {
    await expect(run('true', { signal: AbortSignal.abort(new Error('left')) })).rejects.toThrow('left');
  });

  it('that is missing is refused', async () => {
    const command = { command: '/no/such', args: [], env: {}, cwd: '/' };
    const { signal } = new AbortController();
    await expect(runProgram(command, { signal, maxBytes: 1 })).rejects.toMatchObject({
      kind: 'unavailable',
      message: "It can't be run: there is no command such",
    });
  });

  it('whose directory is missing is not said to be missing itself', async () => {
    const command = { command: '/bin/true', args: [], env: {}, cwd: '/no/such' };
    const { signal } = new AbortController();
    await expect(runProgram(command, { signal, maxBytes: 1 })).rejects.toMatchObject({
      kind: 'unavailable',
      message: "It can't be run: its working directory is not there",
    });
  });

  it.skipIf(findProgram('prlimit') === undefined)('is refused where the gateway has no descriptors left', async () => {
    const limited = (files: string) =>
      execFileSync('prlimit', ['--pid', `${process.pid}`, `--nofile=${files}`, '--output=SOFT', '--noheadings']);
    const before = execFileSync('prlimit', ['--pid', `${process.pid}`, '--nofile', '--output=SOFT', '--noheadings']);
    const open: number[] = [];
    limited(`${Math.max(...readdirSync('/proc/self/fd').map(Number)) + 50}:`);
    try {
      for (;;) open.push(openSync('/dev/null', 'r'));
    } catch {
      // there are none left now
    }
    const refused = run('true').catch((error: unknown) => error);
    open.forEach((descriptor) => closeSync(descriptor));
    limited(`${before.toString().trim()}:`);
    expect(await refused).toMatchObject({
      kind: 'unavailable',
      message: "It can't be run: the command sh could not be started (EMFILE)",
    });
  });
});
