import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');
const page = readFileSync(join(project, 'docs/security.md'), 'utf8');

describe('docs/security.md', () => {
  const named = [...page.matchAll(/`((?:test|libs|apps)\/[\w./*-]+\.ts)`/g)].map(([, path]) => path!);

  it('names tests that there are', () => {
    // of a pattern the directory
    const places = named.map((path) => path.replace(/\/[^/]*\*.*$/, ''));
    expect(places.filter((path) => !existsSync(join(project, path)))).toEqual([]);
    expect(named.length).toBeGreaterThan(60);
  });

  it('names every test of this directory', () => {
    const own = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.e2e-spec.ts'));
    expect(own.filter((name) => !named.includes(`test/security/${name}`))).toEqual([]);
  });
});
