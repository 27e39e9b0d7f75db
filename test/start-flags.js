import { readFileSync } from 'node:fs';

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** What `npm start` gives node, so that what is tested and measured lives in the memory that users give it. @type {string[]} */
export const START_FLAGS = scripts.start.match(/--\S+/g);
