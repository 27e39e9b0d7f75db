import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { licenceOf, textsOf } from '../scripts/licences.mjs';
import { notices, refuseOthers } from '../scripts/notices.mjs';
import { importedByPage, shippedPackages } from '../scripts/shipped-packages.mjs';

it('THIRD-PARTY-NOTICES.txt tells of what is shipped now; npm run notices writes it', () => {
  expect(readFileSync('THIRD-PARTY-NOTICES.txt', 'utf8') === notices()).toBe(true);
});

it('what the page is built from is shipped, though npm counts it as for development', () => {
  const lock = {
    'node_modules/served': { version: '1' },
    'node_modules/page': { version: '1', dev: true, dependencies: { part: '2' } },
    'node_modules/part': { version: '1', dev: true },
    'node_modules/page/node_modules/part': { version: '2', dev: true, dependencies: { served: '1' } },
    'node_modules/compiler': { version: '1', dev: true },
  };
  expect(shippedPackages(lock, ['page'])).toEqual([
    'node_modules/page',
    'node_modules/page/node_modules/part',
    'node_modules/served',
  ]);
  expect(importedByPage().sort()).toEqual(['@preact/signals', 'preact', 'socket.io-client', 'uplot']);
});

it.each(['GPL-3.0', 'UNLICENSED', 'unknown'])('%s may not be part of a release', (licence) => {
  const others = () =>
    refuseOthers([
      { name: 'fine', licence: 'MIT' },
      { name: 'other', licence },
    ]);
  expect(others).toThrow(`A release may not hold other (${licence}): allowed are `);
});

describe('a licence', () => {
  it.each([
    ['by its name', { license: 'ISC' }, 'ISC'],
    ['as it was written of old', { licenses: [{ type: 'MIT' }] }, 'MIT'],
    ['in no way', {}, 'unknown'],
  ])('is named %s', (_how, facts, licence) => {
    expect(licenceOf({ name: 'package', ...facts })).toBe(licence);
  });

  it.each([
    ['in files, with notices', { LICENSE: 'The text\r\n', NOTICE: 'Made by us \n' }, ['The text', 'Made by us']],
    ['in the readme', { 'README.md': '# A\n\nwords\n\n## License\n\nDo as you like\n\n## More\n' }, ['Do as you like']],
    [
      'nowhere',
      { 'README.md': '# A\n' },
      [expect.stringMatching(/^MIT License\n\nCopyright \(c\) Ann\n\nPermission is/)],
    ],
  ])('is found %s', (_where, files, texts) => {
    const directory = mkdtempSync(join(tmpdir(), 'package-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    expect(textsOf(directory, { name: 'package', license: 'MIT', author: 'Ann <ann@example.com>' })).toEqual(texts);
    rmSync(directory, { recursive: true });
  });

  it('that asks for its text and brings none is refused', () => {
    const directory = mkdtempSync(join(tmpdir(), 'package-'));
    expect(() => textsOf(directory, { name: 'package', license: 'BSD-3-Clause' })).toThrow('package brings no text');
    rmSync(directory, { recursive: true });
  });
});
