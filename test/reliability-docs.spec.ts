import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = readFileSync('docs/reliability.md', 'utf8');
const scripts = readdirSync('test/faults')
  .filter((file) => /\.[jt]s$/.test(file))
  .filter((file) => readFileSync(`test/faults/${file}`, 'utf8').includes('\nexport default async function'))
  .map((file) => file.replace(/\.[jt]s$/, ''));

it('the page has a row with a promise and a figure for each fault, and for nothing else', () => {
  const rows = [...page.matchAll(/^\| `([\w-]+)` \| [^|]{20,} \| [^|]*\d[^|]* \|$/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(scripts.sort());
});

it('every test and fault that the page names exists', () => {
  const files = [...page.matchAll(/`((?:test|libs)\/[\w./-]+\.ts)`/g)].map(([, file]) => file ?? '');
  const faults = [...page.matchAll(/`npm run faults -- ([\w-]+)`/g)].map(([, name]) => name ?? '');
  expect(files.length).toBeGreaterThan(5);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
  expect(faults.filter((name) => !scripts.includes(name))).toEqual([]);
});
