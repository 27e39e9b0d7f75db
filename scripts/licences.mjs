// What a package says about its licence, by its manifest and its files.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Under which a package may be part of a release: they ask for no more than that their notices come with it. */
export const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

/** Whose manifest is silent; what their readme says. @type {Readonly<Record<string, string>>} */
const TOLD = { pause: 'MIT' };

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {unknown} [license]
 * @property {{ type: string }[]} [licenses] as it was written of old
 * @property {string | { name: string }} [author]
 */

/** @param {Manifest} manifest @returns {string} an SPDX identifier, or what stands in its place */
export function licenceOf({ name, license, licenses }) {
  if (typeof license === 'string') return license;
  return licenses?.map(({ type }) => type).join(' OR ') ?? TOLD[name] ?? 'unknown';
}

/** The texts that have to come with a package. @param {string} directory @param {Manifest} manifest */
export function textsOf(directory, manifest) {
  const files = readdirSync(directory).filter((file) => /^(licen[cs]e|copying|notice)|\.licen[cs]e\.txt$/i.test(file));
  const texts = files.sort().map((file) => tidy(readFileSync(join(directory, file), 'utf8')));
  return texts.length > 0 ? texts : [inReadme(directory) ?? ownWords(manifest)];
}

/** @param {string} directory */
function inReadme(directory) {
  const file = readdirSync(directory).find((name) => /^readme\.md$/i.test(name));
  const part =
    file && /^#+ *licen[cs]e *\n(.+?)(?=^#|$(?![\s\S]))/ims.exec(readFileSync(join(directory, file), 'utf8'));
  return part ? tidy(part[1] ?? '') : undefined;
}

/** For the few that are under the MIT licence and bring no text of it. @param {Manifest} manifest */
function ownWords(manifest) {
  if (licenceOf(manifest) !== 'MIT') throw new Error(`${manifest.name} brings no text of its licence`);
  const { author = 'its authors' } = manifest;
  const [, permission] = readFileSync('LICENSE', 'utf8').split(/^Copyright.*\n/m);
  const by = typeof author === 'object' ? author.name : author.replace(/ *<.*/, '');
  return tidy(`MIT License\n\nCopyright (c) ${by}\n${permission}`);
}

/** @param {string} text */
function tidy(text) {
  return text
    .replace(/\r\n?|[\u2028\u2029\f]/g, '\n')
    .replace(/[ \t]+$/gm, '')
    .replace(/^\n+|\n+$/g, '');
}
