import { describe, expect, it } from 'vitest';
import { testSettings } from '../testing/workspace.js';
import { Programs } from './programs.js';

const noWalls = { bwrap: undefined, prlimit: undefined, problem: undefined };
const { signal } = new AbortController();
const untilOver = (over: AbortSignal) =>
  new Promise<never>((_resolve, reject) => over.addEventListener('abort', () => reject(over.reason as Error)));

describe('a place among the programs that run at once', () => {
  it('is given up by a call that got none in time, and never ran', async () => {
    const programs = new Programs(noWalls, { ...testSettings, timeoutMs: 100 });
    let end: (value: unknown) => void = () => undefined;
    const stuck = new Promise((resolve) => (end = resolve));
    const running = Array.from({ length: 8 }, () => programs.inTurn(signal, () => stuck));
    let ran = false;
    const ninth = programs.inTurn(signal, () => Promise.resolve((ran = true)));
    await expect(ninth).rejects.toMatchObject({
      kind: 'limited',
      message: '8 programs run in the workspace, and there was no place for another one in 100 ms; try again soon',
      details: { retryAfterMs: 1_000 },
    });
    end('done');
    expect(await Promise.all(running)).toEqual(Array(8).fill('done'));
    expect(await programs.inTurn(signal, () => Promise.resolve('next'))).toBe('next');
    expect(ran).toBe(false);
  });

  it('is no longer waited for by a caller that has left', async () => {
    const programs = new Programs(noWalls, testSettings);
    let end: (value: unknown) => void = () => undefined;
    const stuck = new Promise((resolve) => (end = resolve));
    const running = Array.from({ length: 8 }, () => programs.inTurn(signal, () => stuck));
    const leaving = new AbortController();
    const ninth = programs.inTurn(leaving.signal, () => Promise.resolve('ran'));
    leaving.abort(new Error('left'));
    await expect(ninth).rejects.toThrow('left');
    end('done');
    await Promise.all(running);
  });

  it('goes to a call that waits behind many that have left', async () => {
    const programs = new Programs(noWalls, testSettings);
    let end: (value: unknown) => void = () => undefined;
    const stuck = new Promise((resolve) => (end = resolve));
    const running = Array.from({ length: 8 }, () => programs.inTurn(signal, () => stuck));
    const leaving = new AbortController();
    const gone = Array.from({ length: 32 }, () => programs.inTurn(leaving.signal, () => Promise.resolve('ran')));
    await expect(programs.inTurn(signal, () => Promise.resolve('ran'))).rejects.toMatchObject({
      message: '8 programs run in the workspace and 32 wait; try again soon',
    });
    leaving.abort(new Error('left'));
    for (const one of gone) await expect(one).rejects.toThrow('left');
    const live = programs.inTurn(signal, () => Promise.resolve('ran'));
    end('done');
    await Promise.all(running);
    expect(await live).toBe('ran');
  });

  it('is lost when the time of a program is over, which begins with the place', async () => {
    const programs = new Programs(noWalls, { ...testSettings, timeoutMs: 50 });
    await expect(programs.inTurn(signal, untilOver)).rejects.toMatchObject({ kind: 'deadline' });
  });
});
