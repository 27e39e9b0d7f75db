import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import { Breakers } from './breakers.js';

beforeEach(() => {
  vi.useFakeTimers();
  Logger.overrideLogger(false);
});
afterEach(() => {
  vi.useRealTimers();
  Logger.overrideLogger(['error', 'warn', 'log']);
});

const away = () => Promise.reject(new OperationError('unavailable', 'away'));
const refused = { kind: 'unavailable', details: { retryable: true, retryAfterMs: 1_000 } };

/** With the circuit of `wiki` open. */
async function opened(): Promise<Breakers> {
  const breakers = new Breakers();
  for (let time = 0; time < 5; time += 1) await expect(breakers.run('wiki', away)).rejects.toThrow('away');
  return breakers;
}

describe('a back end that was not reached five times in a row', () => {
  it('is not tried, while others are', async () => {
    const breakers = await opened();
    const work = vi.fn(away);
    await expect(breakers.run('wiki', work)).rejects.toMatchObject(refused);
    expect(work).not.toHaveBeenCalled();
    expect(await breakers.run('other', () => 'there')).toBe('there');
    expect([...breakers.states()]).toEqual([
      ['wiki', 'open'],
      ['other', 'closed'],
    ]);
  });

  it('is tried by one call after a second, which decides for all', async () => {
    const breakers = await opened();
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(breakers.run('wiki', away)).rejects.toThrow('away');
    await expect(breakers.run('wiki', () => 'there')).rejects.toMatchObject(refused);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await breakers.run('wiki', () => 'there')).toBe('there');
    expect([...breakers.states()]).toEqual([['wiki', 'closed']]);
  });
});

describe('the one call that tries again', () => {
  /** One that tries, and another one that came meanwhile. */
  async function trial(outcome: () => unknown) {
    const breakers = await opened();
    await vi.advanceTimersByTimeAsync(1_000);
    let end = (): void => undefined;
    const first = breakers.run('wiki', () => new Promise<void>((resolve) => (end = resolve)).then(outcome));
    const second = breakers.run('wiki', () => 'second');
    const ends = Promise.allSettled([first, second]);
    expect([...breakers.states()]).toEqual([['wiki', 'half-open']]);
    end();
    const states = () => [...breakers.states()];
    return { ends: await ends, states };
  }

  it('is waited for by others, which go on where it was there', async () => {
    const { ends, states } = await trial(() => 'first');
    expect(ends).toMatchObject([{ value: 'first' }, { value: 'second' }]);
    expect(states()).toEqual([['wiki', 'closed']]);
  });

  it('is waited for by others, which are refused where it was not', async () => {
    const { ends, states } = await trial(away);
    expect(ends).toMatchObject([{ reason: { message: 'away' } }, { reason: refused }]);
    expect(states()).toEqual([['wiki', 'open']]);
  });

  it('finds the back end there where that answers with an error', async () => {
    const { ends, states } = await trial(() => Promise.reject(new OperationError('failed', 'no such page')));
    expect(ends).toMatchObject([{ reason: { message: 'no such page' } }, { value: 'second' }]);
    expect(states()).toEqual([['wiki', 'closed']]);
  });

  it('may fail before it begins anything', async () => {
    const breakers = await opened();
    await vi.advanceTimersByTimeAsync(1_000);
    const fails = () => {
      throw new OperationError('unavailable', 'at once');
    };
    await expect(breakers.run('wiki', fails)).rejects.toThrow('at once');
    expect([...breakers.states()]).toEqual([['wiki', 'open']]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await breakers.run('wiki', () => 'there')).toBe('there');
  });
});

describe('calls that were begun before a circuit opened', () => {
  it('hold it open for no longer when they fail afterwards', async () => {
    const breakers = new Breakers();
    let fail = (): void => undefined;
    const late = breakers.run('wiki', () => new Promise<void>((resolve) => (fail = resolve)).then(away));
    for (let time = 0; time < 5; time += 1) await expect(breakers.run('wiki', away)).rejects.toThrow('away');
    await vi.advanceTimersByTimeAsync(900);
    fail();
    await expect(late).rejects.toThrow('away');
    await vi.advanceTimersByTimeAsync(100);
    expect(await breakers.run('wiki', () => 'there')).toBe('there');
  });
});

describe('a back end that answers', () => {
  it.each([
    ['with an error', new OperationError('failed', 'no such page')],
    ['with what we don’t know', new Error('odd')],
  ])('%s is there', async (_how, error) => {
    const breakers = new Breakers();
    for (let time = 0; time < 20; time += 1) {
      await expect(breakers.run('wiki', () => Promise.reject(error))).rejects.toBe(error);
    }
    expect([...breakers.states()]).toEqual([['wiki', 'closed']]);
  });

  it('in between counts anew', async () => {
    const breakers = new Breakers();
    for (let time = 0; time < 12; time += 1) {
      if (time % 4 === 3) await breakers.run('wiki', () => 'there');
      else await expect(breakers.run('wiki', away)).rejects.toThrow('away');
    }
    expect([...breakers.states()]).toEqual([['wiki', 'closed']]);
  });
});
