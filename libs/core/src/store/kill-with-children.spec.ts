import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it, vi } from 'vitest';
import { killWithChildren } from './kill-with-children.js';
import { isRunning } from './process-facts.js';

/** Starts one that stays in its group, and one that leads a group of two; says the ids of these three. */
const PARENT = `
const { spawn } = require('node:child_process');
const stays = spawn('sleep', ['60'], { stdio: 'ignore' });
const script = 'sleep 60 & echo ' + stays.pid + ' $$ $!; wait';
spawn('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'inherit', 'ignore'] });
`;

const started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0).filter(isRunning)) process.kill(pid, 'SIGKILL');
});

function start(code: string): ChildProcess {
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child.pid!);
  return child;
}

if (process.platform === 'linux')
  it('ends a process, what it has started, and the groups that these lead', async () => {
    const parent = start(PARENT);
    const [ids] = (await once(parent.stdout!, 'data')) as [Buffer];
    started.push(...ids.toString().split(' ').map(Number));
    expect(started.filter(isRunning)).toHaveLength(4);
    // as what hangs
    for (const pid of started) process.kill(pid, 'SIGSTOP');
    killWithChildren(parent.pid);
    await vi.waitFor(() => expect(started.filter(isRunning)).toEqual([]));
  });

it('takes one that has ended, or never was, to be ended', async () => {
  const child = start('');
  await once(child, 'exit');
  killWithChildren(child.pid);
  killWithChildren(undefined);
});
