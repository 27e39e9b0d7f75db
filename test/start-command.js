// What `npm start` gives node, so that what is tested and measured lives in the memory that users give it.
import { readFileSync } from 'node:fs';

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** @type {string[]} */
export const START_FLAGS = scripts.start.match(/--\S+/g);

/** @type {Record<string, string>} */
export const START_ENV = Object.fromEntries(
  scripts.start.match(/\b[A-Z_]+=\S+/g).map((/** @type {string} */ set) => set.split('=')),
);
