import { randomUUID } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { DataDirectory, isRoot, SYSTEM_DIRECTORY } from '../data-directory.js';
import { ChildPrograms, nextLine, ordinaryUser, temporaryDirectory } from '../testing/child-programs.js';
import { findBinaries, findPackage } from './binaries.js';
import { findServerUser } from './server-user.js';

describe('findBinaries', () => {
  let directory: string;
  let native: string;
  let version: string;

  beforeEach(() => {
    directory = temporaryDirectory();
    native = join(directory, 'package', 'native');
    version = `spec-${randomUUID()}`;
    mkdirSync(join(native, 'bin'), { recursive: true });
    mkdirSync(join(native, 'lib'));
    writeFileSync(join(native, 'bin', 'postgres'), '#!/bin/sh\nexec cat "$(dirname "$0")/../lib/libpq.so.5"\n', {
      mode: 0o755,
    });
    writeFileSync(join(native, 'lib', 'libpq.so.5.18'), 'here');
    const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
    writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links));
    return () => {
      for (const path of [directory, join(SYSTEM_DIRECTORY, `postgresql-${version}`)]) {
        rmSync(path, { recursive: true, force: true });
      }
    };
  });

  const data = () => new DataDirectory(join(directory, 'data'));

  it('uses the package in place, and makes the links that its post-install script would have made', async () => {
    expect(await findBinaries({ native, version }, data(), await findServerUser())).toBe(native);
    expect(readlinkSync(join(native, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
  });

  if (isRoot())
    it('copies the package when PostgreSQL’s user can’t reach it, once', async () => {
      chmodSync(join(directory, 'package'), 0o700);
      chmodSync(join(native, 'lib', 'libpq.so.5.18'), 0o600);
      const user = await findServerUser();
      const copy = await findBinaries({ native, version }, data(), user);
      expect(copy).toBe(join(SYSTEM_DIRECTORY, `postgresql-${version}`));
      expect(execFileSync(join(copy, 'bin', 'postgres'), { ...user!, cwd: '/', encoding: 'utf8' })).toBe('here');
      const { ino } = statSync(copy);
      await findBinaries({ native, version }, data(), user);
      expect(statSync(copy).ino).toBe(ino);
    });

  it('copies the package into an ordinary user’s data directory when its links can’t be made in place', async () => {
    const programs = new ChildPrograms();
    chmodSync(join(native, 'lib'), 0o555);
    mkdirSync(data().location);
    chmodSync(data().location, 0o777);
    const child = programs.start(
      `import { DataDirectory } from './store/data-directory.js';
       import { findBinaries } from './store/embedded/binaries.js';
       const directory = new DataDirectory(${JSON.stringify(data().location)});
       console.log(await findBinaries(${JSON.stringify({ native, version })}, directory, undefined));`,
      ordinaryUser(),
    );
    expect(await nextLine(child)).toBe(data().path(`postgresql-${version}`));
    programs.close();
    chmodSync(join(native, 'lib'), 0o755);
  });

  it('says what to do where the programs do not run', async () => {
    writeFileSync(join(native, 'bin', 'postgres'), '#!/bin/sh\necho no such loader >&2; exit 1\n', { mode: 0o755 });
    const directory = data();
    directory.prepare();
    await expect(findBinaries({ native, version }, directory, await findServerUser())).rejects.toThrow(
      'The embedded PostgreSQL does not run on this system (no such loader). Set DATABASE_URL',
    );
  });

  it('finds the package of this platform', () => {
    expect(findPackage()).toEqual({
      native: expect.stringMatching(/native$/) as string,
      version: expect.stringMatching(/^18\./) as string,
    });
  });
});
