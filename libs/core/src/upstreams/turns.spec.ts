import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AskingTools } from './asking-tools.js';
import { Turns } from './turns.js';

/** Calls on one connection, in the order in which they begin; each ends when it is told to. */
function calls(asking: string[] = []) {
  const turns = new Turns(new AskingTools(new Set(asking)));
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const make = (name: string, tool: string, signal = new AbortController().signal) =>
    turns.run(tool, signal, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    });
  const end = async (name: string) => {
    ends.get(name)?.();
    await turn();
  };
  return { turns, begun, make, end };
}

describe('calls on a connection whose questions don’t name their call', () => {
  it('overlap as long as none of them asks', async () => {
    const { begun, make } = calls();
    for (const name of ['a', 'b', 'c']) void make(name, 'echo');
    await turn();
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('of tools that ask run one after another, beside others', async () => {
    const { begun, make, end } = calls(['ask']);
    for (const name of ['a', 'b', 'c']) void make(name, 'ask');
    void make('beside', 'echo');
    await turn();
    expect(begun).toEqual(['a', 'beside']);
    await end('a');
    expect(begun).toEqual(['a', 'beside', 'b']);
    await end('b');
    expect(begun).toEqual(['a', 'beside', 'b', 'c']);
  });

  it('make room for the next one when they fail', async () => {
    const { turns, begun, make } = calls(['ask']);
    const failing = turns.run('ask', new AbortController().signal, () => Promise.reject(new Error('broken')));
    void make('next', 'ask');
    await expect(failing).rejects.toThrow('broken');
    await turn();
    expect(begun).toEqual(['next']);
  });

  it('leave their place when they are cancelled', async () => {
    const { begun, make, end } = calls(['ask']);
    const leaving = new AbortController();
    void make('a', 'ask');
    const left = make('b', 'ask', leaving.signal);
    void make('c', 'ask');
    leaving.abort(new Error('cancelled'));
    await expect(left).rejects.toThrow('cancelled');
    await end('a');
    expect(begun).toEqual(['a', 'c']);
  });

  it('that were cancelled before never begin', async () => {
    const { begun, make } = calls();
    await expect(make('a', 'echo', AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
    expect(begun).toEqual([]);
  });

  it('wait while it is unclear whose a question is', async () => {
    const { turns, begun, make } = calls();
    void make('a', 'echo');
    turns.hold(true);
    void make('b', 'echo');
    await turn();
    expect(begun).toEqual(['a']);
    turns.hold(false);
    await turn();
    expect(begun).toEqual(['a', 'b']);
  });
});
