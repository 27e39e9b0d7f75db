import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { DataDirectory } from '../data-directory.js';
import { temporaryDirectory } from '../testing/child-programs.js';
import { isKeptFile, keptFiles } from './kept-files.js';
import { FILES } from './manifest.js';
import { RestoredFiles } from './restored-files.js';

const never = new AbortController().signal;
const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});

function directoryWith(files: Record<string, string>): DataDirectory {
  const root = temporaryDirectory();
  roots.push(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return new DataDirectory(root);
}

async function restored(from: DataDirectory, to: DataDirectory): Promise<string[]> {
  const files = new RestoredFiles(to);
  for (const name of keptFiles(from)) {
    const bytes = readFileSync(from.path(name));
    async function* content() {
      yield bytes;
    }
    await files.stage({ name: FILES + name, size: bytes.length, content: content() }, never);
  }
  files.placeSecret();
  const aside = files.placeRest();
  files.discard();
  return aside;
}

const ofCluster = {
  'secret.key': 'secret',
  'replicas/1/admin.key': 'key',
  'replicas/1/audit/0001.jsonl': 'lines of the first',
  'replicas/2/audit/0001.jsonl': 'lines of the second',
};

it('keeps what a gateway has, and what each replica of a cluster has', () => {
  const names = keptFiles(
    directoryWith({
      ...ofCluster,
      'admin.key': 'key',
      'audit/0001.jsonl': 'lines',
      'gateway.lock': '{}',
      'replicas/1/gateway.lock': '{}',
      'replicas/1/secret.key': 'nobody reads it',
      'replicas/other/audit/0001.jsonl': 'of nobody',
      'postgres/base/1': 'a table',
    }),
  );
  expect(names.toSorted()).toEqual(['admin.key', 'audit/0001.jsonl', ...Object.keys(ofCluster)].sort());
});

it.each(['../secret.key', 'replicas/../admin.key', 'replicas/1/../admin.key', 'replicas/1/secret.key', 'audit/../x/y'])(
  'does not take %s for one of them',
  (name) => expect(isKeptFile(name)).toBe(false),
);

it('puts them where they were, and lines of another past aside', async () => {
  const to = directoryWith({
    'replicas/2/audit/0007.jsonl': 'of another past',
    'replicas/2/admin.key': 'one that opens nothing now',
  });
  const aside = await restored(directoryWith(ofCluster), to);
  for (const [name, text] of Object.entries(ofCluster)) expect(readFileSync(to.path(name), 'utf8')).toBe(text);
  expect(existsSync(to.path('replicas/2/admin.key'))).toBe(false);
  expect(aside).toEqual([expect.stringContaining(to.path('replicas/2/audit.replaced-'))]);
  expect(readdirSync(aside[0]!)).toEqual(['0007.jsonl']);
});
