import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { LOG_FILE, LogFiles } from './log-files.js';

const MIB = 1024 * 1024;
const directory = mkdtempSync(join(tmpdir(), 'log-files-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('a file that has grown to its size gives way to another, and no line is lost', { timeout: 30_000 }, async () => {
  const failures: string[] = [];
  const files = new LogFiles(join(directory, 'logs'), (reason) => failures.push(reason));
  files.open();
  for (let n = 0; n < 45; n++) {
    files.write(`${String(n).padEnd(MIB, '.')}\n`);
    await nextTurn();
  }
  await files.close();
  const paths = readdirSync(files.directory)
    .filter((name) => LOG_FILE.test(name))
    .map((name) => join(files.directory, name));
  expect(paths.length).toBeGreaterThanOrEqual(3);
  for (const path of paths) {
    expect(statSync(path).size).toBeLessThanOrEqual(22 * MIB);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  }
  const lines = paths.flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n'));
  expect(lines.map((line) => parseInt(line)).sort((one, other) => one - other)).toEqual(
    Array.from({ length: 45 }, (_, n) => n),
  );
  expect(failures).toEqual([]);
});
