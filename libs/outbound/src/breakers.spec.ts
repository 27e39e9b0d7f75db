import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import { Breakers } from './breakers.js';
import { UnavailableError } from './unavailable-error.js';

beforeEach(() => {
  vi.useFakeTimers();
  Logger.overrideLogger(false);
});
afterEach(() => {
  vi.useRealTimers();
  Logger.overrideLogger(['error', 'warn', 'log']);
});

const away = () => Promise.reject(new OperationError('unavailable', 'away'));
const answered = () => Promise.reject(new UnavailableError('answered', 'forbidden'));
const unasked = () => Promise.reject(new UnavailableError('unasked', 'too many'));
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

  it('finds it there where that answers with a refusal', async () => {
    const { ends, states } = await trial(answered);
    expect(ends).toMatchObject([{ reason: { message: 'forbidden' } }, { value: 'second' }]);
    expect(states()).toEqual([['wiki', 'closed']]);
  });

  it('leaves it to the next one where it did not come to ask', async () => {
    const { ends, states } = await trial(unasked);
    expect(ends).toMatchObject([{ reason: { message: 'too many' } }, { reason: refused }]);
    expect(states()).toEqual([['wiki', 'open']]);
  });

  it('is tried anew at once where it did not come to ask', async () => {
    const breakers = await opened();
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(breakers.run('wiki', unasked)).rejects.toThrow('too many');
    expect(await breakers.run('wiki', () => 'there')).toBe('there');
  });

  it('is waited for by others for a second, who are refused then', async () => {
    const breakers = await opened();
    await vi.advanceTimersByTimeAsync(1_000);
    let end = (): void => undefined;
    const first = breakers.run('wiki', () => new Promise<void>((resolve) => (end = resolve)));
    const work = vi.fn(away);
    const second = expect(breakers.run('wiki', work)).rejects.toMatchObject(refused);
    await vi.advanceTimersByTimeAsync(1_000);
    await second;
    end();
    await first;
    expect(work).not.toHaveBeenCalled();
    expect([...breakers.states()]).toEqual([['wiki', 'closed']]);
  });

  it('is waited for by others until they are given up', async () => {
    const breakers = await opened();
    await vi.advanceTimersByTimeAsync(1_000);
    const first = breakers.run('wiki', () => new Promise(() => undefined));
    const controller = new AbortController();
    const work = vi.fn(away);
    const second = breakers.run('wiki', work, controller);
    controller.abort(new Error('nobody wants it'));
    await expect(second).rejects.toThrow('nobody wants it');
    await expect(breakers.run('wiki', work, controller)).rejects.toThrow('nobody wants it');
    expect([work.mock.calls.length, vi.getTimerCount(), first instanceof Promise]).toEqual([0, 0, true]);
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

  it('with a refusal is there', async () => {
    const breakers = new Breakers();
    for (let time = 0; time < 20; time += 1) await expect(breakers.run('wiki', answered)).rejects.toThrow('forbidden');
    expect([...breakers.states()]).toEqual([['wiki', 'closed']]);
  });

  it.each([
    ['an answer', () => Promise.resolve('there')],
    ['a refusal', answered],
  ])('in between counts anew: %s', async (_what, work) => {
    const breakers = new Breakers();
    for (let time = 0; time < 12; time += 1) {
      if (time % 4 === 3) await Promise.resolve(breakers.run('wiki', work)).catch(() => undefined);
      else await expect(breakers.run('wiki', away)).rejects.toThrow('away');
    }
    expect([...breakers.states()]).toEqual([['wiki', 'closed']]);
  });
});

describe('calls that do not come to ask', () => {
  it('count as nothing', async () => {
    const breakers = new Breakers();
    for (let time = 0; time < 9; time += 1) {
      const [work, message] = time % 2 === 1 ? [unasked, 'too many'] : [away, 'away'];
      expect([...breakers.states()].map(([, state]) => state)).not.toContain('open');
      await expect(breakers.run('wiki', work)).rejects.toThrow(message);
    }
    expect([...breakers.states()]).toEqual([['wiki', 'open']]);
  });
});
