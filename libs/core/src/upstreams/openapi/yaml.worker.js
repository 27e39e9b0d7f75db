// A thread of its own, which ends with its answer: a large document takes seconds to read.
import { parentPort, workerData } from 'node:worker_threads';
import { parse } from 'yaml';

/** @import { YamlWork } from './read-document.js' */

/** @type {unknown} */
const given = workerData;
const { text, maxAliasCount } = /** @type {YamlWork} */ (given);
try {
  // as one text, which takes whoever gets it far less time than many objects
  parentPort?.postMessage({ json: JSON.stringify(parse(text, { maxAliasCount })) });
} catch (error) {
  parentPort?.postMessage({ failure: String(error) });
}
