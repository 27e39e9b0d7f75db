import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ReplacedFiles } from './replaced-files.js';

let root: string;
let kept: string;
let later: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'replaced-files-'));
  kept = join(root, 'kept');
  later = join(root, 'later');
  writeFileSync(kept, '1');
});
afterEach(() => rmSync(root, { recursive: true }));

it.each([
  [
    'replaced',
    () => {
      writeFileSync(`${kept}.new`, '2');
      renameSync(`${kept}.new`, kept);
      return kept;
    },
  ],
  [
    'made anew',
    () => {
      rmSync(kept);
      writeFileSync(kept, '2');
      return kept;
    },
  ],
  ['gone', () => (rmSync(kept), kept)],
  ['come', () => (writeFileSync(later, ''), later)],
])('a file that is %s is told of once', async (_what, change) => {
  const files = new ReplacedFiles([kept, later]);
  const tell = vi.fn();
  const path = change();
  files.watch(tell, 1);
  await vi.waitFor(() => expect(tell.mock.calls).toEqual([[path]]));
});

it('what is written into a file is not told, and nothing is once it was stopped', async () => {
  const files = new ReplacedFiles([kept]);
  const stopped = new ReplacedFiles([kept]);
  const [tell, never] = [vi.fn(), vi.fn()];
  writeFileSync(kept, 'more');
  files.watch(tell, 1);
  stopped.watch(never, 1);
  stopped.stop();
  stopped.watch(never, 1);
  await new Promise((resolve) => {
    const other = new ReplacedFiles([later]);
    other.watch(resolve, 20);
    writeFileSync(later, '');
  });
  expect(tell).not.toHaveBeenCalled();
  rmSync(kept);
  await vi.waitFor(() => expect(tell).toHaveBeenCalledOnce());
  expect(never).not.toHaveBeenCalled();
});
