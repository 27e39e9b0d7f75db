// A thread of its own: to parse, count and compress an answer of 16 MiB takes longer than other calls should wait.
import { promisify } from 'node:util';
import { parentPort } from 'node:worker_threads';
import { gunzip, gzip } from 'node:zlib';
import { countTokens } from './count-tokens.js';
import { pageOf } from './page-result.js';
import { shapeResult } from './shape-result.js';
import { unitsOf } from './units.js';

/** @import { PackedShape, PageWork, ShapeWork } from './result-work.js' */
/** @import { Units } from './units.js' */

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** The result that was read last: whoever reads a page wants the next one. @type {{ id: string, units: Units, chars: number } | undefined} */
let last;

parentPort?.on('message', (/** @type {{ number: number, work: ShapeWork | PageWork }} */ { number, work }) => {
  const doing = work.kind === 'shape' ? shape(work) : page(work);
  doing.then(
    (answer) => parentPort?.postMessage({ number, answer }),
    (/** @type {unknown} */ error) => parentPort?.postMessage({ number, failure: String(error) }),
  );
});

/**
 * @param {ShapeWork} work
 * @returns {Promise<PackedShape>}
 */
async function shape(work) {
  const { cut, ...shaped } = shapeResult(work, countTokens);
  if (!cut) return shaped;
  const { text, ...facts } = cut;
  const plain = Buffer.from(text);
  return { ...shaped, cut: { ...facts, data: await compress(plain, { level: 1 }), bytes: plain.length } };
}

/** @param {PageWork} work */
async function page(work) {
  const { id, source, unit } = work.facts;
  if (last?.id !== id) {
    const text = (await expand(work.data)).toString();
    last = { id, units: unitsOf(source ? JSON.parse(text) : text, source, unit), chars: text.length };
  }
  return pageOf(work, last.units, last.chars, countTokens);
}
