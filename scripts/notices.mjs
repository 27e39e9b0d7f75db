// `npm run notices`: writes THIRD-PARTY-NOTICES.txt, the licences of all packages that a release holds or needs.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ALLOWED, licenceOf, textsOf } from './licences.mjs';
import { importedByPage, nameOf, shippedPackages } from './shipped-packages.mjs';

const FILE = 'THIRD-PARTY-NOTICES.txt';
const BINARIES = 'scripts/notices-of-binaries.txt';
const RULE = '-'.repeat(80);

/** @import { Lock } from './shipped-packages.mjs' */
/** @typedef {{ name: string, version: string, licence: string, texts: string[] }} Notice */

/** Throws where a package is under a licence that is not among the allowed. */
export function notices() {
  /** @type {{ packages: Lock }} */
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const found = shippedPackages(packages, importedByPage()).map((path) => noticeOf(path, packages));
  refuseOthers(found);
  const list = found.map(({ name, version, licence }) => `${name} ${version}: ${licence}`);
  const parts = [heading(), [...new Set(list)].join('\n'), readFileSync(BINARIES, 'utf8').trimEnd(), ...texts(found)];
  return `${parts.join(`\n\n${RULE}\n\n`)}\n`;
}

/** @param {readonly Pick<Notice, 'name' | 'licence'>[]} found */
export function refuseOthers(found) {
  const others = found
    .filter(({ licence }) => !ALLOWED.has(licence))
    .map(({ name, licence }) => `${name} (${licence})`);
  if (others.length === 0) return;
  throw new Error(`A release may not hold ${others.join(', ')}: allowed are ${[...ALLOWED].join(', ')}`);
}

/** @param {string} path @param {Lock} lock @returns {Notice} */
function noticeOf(path, lock) {
  const name = nameOf(path);
  const { version = '', license = 'unknown', os } = lock[path] ?? {};
  // of those for one system each, only this machine's is there; the text about binaries speaks of all
  if (os) return { name, version, licence: license, texts: [] };
  const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  return { name, version, licence: licenceOf(manifest), texts: textsOf(path, manifest) };
}

function heading() {
  return (
    'Third-party notices\n\nMCP Gateway is made with these packages. The page of the gateway is built from some of them; the others are\n' +
    'installed beside it. Their licences follow, each with the names of the packages that it belongs to.'
  );
}

/** Each text once, with whom it is of. @param {readonly Notice[]} found */
function texts(found) {
  /** @type {Map<string, { names: Set<string>, text: string }>} */
  const byWords = new Map();
  for (const { name, texts } of found) {
    for (const text of texts) {
      const words = text.replace(/\s+/g, ' ').toLowerCase();
      const entry = byWords.get(words) ?? { names: new Set(), text };
      byWords.set(words, entry);
      entry.names.add(name);
    }
  }
  return [...byWords.values()].map(({ names, text }) => `${[...names].join(', ')}\n\n${text}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, notices());
