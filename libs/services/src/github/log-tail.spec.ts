import { tailOf } from './log-tail.js';
import { describe, expect, it } from 'vitest';

async function* chunksOf(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

async function* small(count: number) {
  const line = Buffer.from('0123456\n');
  for (let i = 0; i < count; i += 1) yield line;
}

describe('the end of a log', () => {
  it('has the last lines, without time stamps and colours', async () => {
    const text =
      '\uFEFF2026-01-02T00:00:00.1234567Z first\r\n2026-01-02T00:00:01.0Z \u001b[31;1mred\u001b[0m\r\nplain 2026\n';
    expect(await tailOf(chunksOf(text), 2)).toEqual({ log: 'red\nplain 2026', more: true });
    expect(await tailOf(chunksOf(text), 3)).toEqual({ log: 'first\nred\nplain 2026', more: false });
  });

  it('does not mind where the parts of it begin', async () => {
    expect(await tailOf(chunksOf('on', 'e\ntw', 'o'), 5)).toEqual({ log: 'one\ntwo', more: false });
  });

  it('is read in linear time, however small the parts are', async () => {
    const { log } = await tailOf(small(200_000), 1);
    expect(log).toBe('0123456');
  });

  it('of nothing is empty', async () => {
    expect(await tailOf(chunksOf(), 5)).toEqual({ log: '', more: false });
  });

  it('holds a megabyte of it, in whole lines, however long the log is', async () => {
    const line = `${'x'.repeat(99)}\n`;
    const parts = Array.from({ length: 60 }, () => line.repeat(1_000));
    const { log, more } = await tailOf(chunksOf(...parts), 100_000);
    const lines = log.split('\n');
    expect(more).toBe(true);
    expect(new Set(lines)).toEqual(new Set(['x'.repeat(99)]));
    expect(lines.length).toBeGreaterThan(10_000);
    expect(log.length).toBeLessThan(2.1 * 1024 * 1024);
  });
});
