import { linkSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkspace, refusalOf, type TestWorkspace } from '../testing/workspace.js';
import { OpenFiles } from './open-files.js';

let workspace: TestWorkspace;
let files: OpenFiles;

beforeEach(async () => {
  workspace = await openWorkspace();
  files = new OpenFiles(workspace.roots);
  writeFileSync(workspace.at('video.mp4'), '0123456789');
});
afterEach(() => workspace.close());

describe('a file that another service opens', () => {
  it('is read in parts, to its end', async () => {
    const file = await files.open('video.mp4');
    const parts = await Promise.all([file.read(0, 4), file.read(8, 4), file.read(10, 4)]);
    expect([file.path, file.size, ...parts.map(String)]).toEqual(['video.mp4', 10, '0123', '89', '']);
    await file.close();
  });

  it('stays the one that was opened', async () => {
    const file = await files.open('video.mp4');
    renameSync(workspace.at('video.mp4'), workspace.at('old.mp4'));
    writeFileSync(workspace.at('video.mp4'), 'another one');
    expect(String(await file.read(0, 100))).toBe('0123456789');
    await file.close();
  });

  it('is refused outside, through links and under a second name', async () => {
    const secret = join(workspace.directory, 'secret.txt');
    writeFileSync(secret, 'secret');
    symlinkSync(secret, workspace.at('link.mp4'));
    linkSync(workspace.at('video.mp4'), workspace.at('twin.mp4'));
    expect(
      await Promise.all([secret, '../secret.txt', 'link.mp4', 'twin.mp4'].map((path) => refusalOf(files.open(path)))),
    ).toEqual([
      expect.stringMatching(/^invalid: path: expected a path inside the workspace/),
      expect.stringMatching(/^invalid: path: expected a path inside the workspace/),
      expect.stringMatching(/^failed: "link.mp4" is a symbolic link/),
      expect.stringMatching(/^failed: "twin.mp4" has more than one name/),
    ]);
  });
});
