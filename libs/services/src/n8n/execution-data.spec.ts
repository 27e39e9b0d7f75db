import { describe, expect, it } from 'vitest';
import { outcomeOf } from './execution-data.js';

const execution = (resultData: object) => ({ id: '1', data: { resultData } });

describe('how an execution ended', () => {
  it('is what its last node gave in its last run, from all branches', () => {
    const runs = [
      { data: { main: [[{ json: 'first run' }]] } },
      { data: { main: [[{ json: { a: 1 } }], null, [{ json: { b: 2 } }, { json: { c: 3 } }]] } },
    ];
    expect(outcomeOf(execution({ lastNodeExecuted: 'Last', runData: { First: [], Last: runs } }))).toEqual({
      lastNode: 'Last',
      output: [{ a: 1 }, { b: 2 }, { c: 3 }],
    });
  });

  it('is the error, its node, and no more of it than one reads', () => {
    const error = {
      message: 'm'.repeat(5_000),
      description: 'Set the price',
      node: { name: 'Pay' },
      stack: 'at secret',
    };
    expect(outcomeOf(execution({ lastNodeExecuted: 'Pay', error, runData: { Pay: [{}] } }))).toEqual({
      lastNode: 'Pay',
      error: { node: 'Pay', message: 'm'.repeat(1_000), description: 'Set the price' },
    });
  });

  it.each([
    ['without data', { id: '1' }],
    ['with data of another shape', { id: '1', data: { resultData: [] } }],
    ['with nothing in it', { id: '1', data: {} }],
  ])('is not told %s', (_what, given) => {
    expect(outcomeOf(given)).toEqual({});
  });
});
