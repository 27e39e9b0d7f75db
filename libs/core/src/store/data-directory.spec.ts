import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { StartError } from '#libs/kit';
import { DataDirectory, isRoot } from './data-directory.js';
import { SecretKey } from './secret-key.js';
import { ChildPrograms, nextLine, ordinaryUser, temporaryDirectory } from './testing/child-programs.js';

describe('DataDirectory', () => {
  let parent: string;

  beforeEach(() => {
    parent = temporaryDirectory();
    return () => rmSync(parent, { recursive: true });
  });

  it('creates the directory for the gateway alone; as root others may pass through', () => {
    const before = process.umask(0o077);
    new DataDirectory(join(parent, 'a', 'b')).prepare();
    process.umask(before);
    for (const path of ['a', 'a/b']) expect(statSync(join(parent, path)).mode & 0o777).toBe(isRoot() ? 0o711 : 0o700);
  });

  it('says what to do when it can’t be created', () => {
    writeFileSync(join(parent, 'file'), '');
    const start = () => new DataDirectory(join(parent, 'file', 'data')).acquire();
    expect(start).toThrow(StartError);
    expect(start).toThrow(/The data directory .*\/file\/data can't be used \(ENOTDIR\)\. .* set DATA_DIR/);
  });

  it('says what to do when it can’t be written', async () => {
    const programs = new ChildPrograms();
    mkdirSync(join(parent, 'data'), { mode: 0o555 });
    const child = programs.start(
      `import { DataDirectory } from './store/data-directory.js';
       try { new DataDirectory(${JSON.stringify(join(parent, 'data'))}).acquire(); } catch (error) { console.log(error.message); }`,
      ordinaryUser(),
    );
    expect(await nextLine(child)).toMatch(/data can't be used \(EACCES\)\. .* set DATA_DIR/);
    programs.close();
  });

  it('makes a secret once, in a file of its own that others can’t read', () => {
    const directory = new DataDirectory(parent);
    expect(directory.readOrCreateSecret('a.key', () => 'first')).toBe('first');
    expect(directory.readOrCreateSecret('a.key', () => 'second')).toBe('first');
    expect(statSync(join(parent, 'a.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(parent)).toEqual(['a.key']);
  });

  it('refuses an empty secret', () => {
    writeFileSync(join(parent, 'a.key'), '\n');
    expect(() => new DataDirectory(parent).readOrCreateSecret('a.key', () => 'new')).toThrow(/a\.key is empty/);
  });
});

describe('SecretKey', () => {
  let directory: DataDirectory;

  beforeEach(() => {
    directory = new DataDirectory(temporaryDirectory());
    return () => rmSync(directory.location, { recursive: true });
  });

  it('derives the same key for the same purpose over restarts, and other keys for others', () => {
    const first = new SecretKey(undefined, directory).derive('api keys');
    const second = new SecretKey(undefined, directory);
    expect(second.derive('api keys')).toEqual(first);
    expect(second.derive('cursors')).not.toEqual(first);
    expect(second.derive('api keys', 64)).toHaveLength(64);
  });

  it('touches no file when the secret is given', () => {
    new SecretKey('x'.repeat(32), directory).derive('api keys');
    expect(readdirSync(directory.location)).toEqual([]);
  });

  it('derives the same from the file’s text, given as MCP_SECRET_KEY elsewhere', () => {
    const made = new SecretKey(undefined, directory).derive('api keys');
    const text = directory.readOrCreateSecret('secret.key', () => '');
    expect(new SecretKey(text, directory).derive('api keys')).toEqual(made);
  });

  it('knows the secret before this one: the one that is given, else the file that was replaced', () => {
    const [current, previous] = ['c'.repeat(32), 'p'.repeat(32)];
    const derivedFrom = (secret: string) => new SecretKey(secret, directory).derive('api keys');
    expect(new SecretKey(current, directory).deriveOlder('api keys')).toEqual([]);
    expect(new SecretKey(current, directory, previous).deriveOlder('api keys')).toEqual([derivedFrom(previous)]);
    expect(new SecretKey(current, directory, current).deriveOlder('api keys')).toEqual([]);

    const made = new SecretKey(undefined, directory).derive('api keys');
    expect(new SecretKey(undefined, directory).deriveOlder('api keys')).toEqual([]);
    expect(new SecretKey(undefined, directory, previous).deriveOlder('api keys')).toEqual([derivedFrom(previous)]);
    expect(new SecretKey(current, directory).deriveOlder('api keys')).toEqual([made]);
    expect(new SecretKey(current, directory, previous).deriveOlder('api keys')).toEqual([derivedFrom(previous)]);
    const text = directory.readOrCreateSecret('secret.key', () => '');
    expect(new SecretKey(text, directory).deriveOlder('api keys')).toEqual([]);
  });

  it('is HKDF-SHA256 with the purpose as info', () => {
    const expected = '296478cd3c002b88a5006ea8';
    expect(new SecretKey('k'.repeat(32), directory).derive('purpose', 12).toString('hex')).toBe(expected);
  });
});
