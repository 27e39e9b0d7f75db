import fs, { readdirSync, rmSync, type WriteFileOptions } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StartError } from '#libs/kit';
import { DataDirectory } from './data-directory.js';
import { temporaryDirectory } from './testing/child-programs.js';

let location: string;
let directory: DataDirectory;
beforeEach(() => {
  location = temporaryDirectory();
  directory = new DataDirectory(location);
});
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  directory.release();
  rmSync(location, { recursive: true });
});

const noRoom = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

/** As a full disk does with the next file: it takes the name and not the text. */
function fillUp(): void {
  const write = fs.writeFileSync;
  vi.spyOn(fs, 'writeFileSync').mockImplementationOnce((path, _text, options?: WriteFileOptions) => {
    write(path, '', options);
    throw noRoom();
  });
  syncBuiltinESMExports();
}

const told = new RegExp(`^The data directory .* can't be used \\(ENOSPC\\)\\. Make room on its disk, or set DATA_DIR`);

it('keeps no gateway’s lock, and is told', () => {
  fillUp();
  const acquire = () => directory.acquire();
  expect(acquire).toThrow(told);
  expect(readdirSync(location)).toEqual([]);
  expect(acquire).not.toThrow();
});

it('keeps the lock as it was where its address does not fit', () => {
  directory.acquire();
  fillUp();
  expect(() => directory.hold('http://127.0.0.1:8100')).toThrow(told);
  expect(readdirSync(location)).toEqual(['gateway.lock']);
});

it('keeps no secret that is cut off', () => {
  vi.spyOn(fs, 'writeSync').mockImplementationOnce(() => {
    throw noRoom();
  });
  syncBuiltinESMExports();
  const make = () => directory.readOrCreateSecret('secret.key', () => 'a secret');
  expect(make).toThrow(StartError);
  expect(readdirSync(location)).toEqual([]);
  expect(make()).toBe('a secret');
});
