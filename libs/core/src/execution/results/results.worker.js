// A thread of its own: to parse, count and compress an answer of 16 MiB takes longer than other calls should wait.
import { promisify } from 'node:util';
import { parentPort } from 'node:worker_threads';
import { gunzip, gzip } from 'node:zlib';
import { countTokens } from '../../catalog/count-tokens.js';
import { pageOf } from './page-result.js';
import { shapeResult } from './shape-result.js';
import { unitsOf } from './units.js';

/** @import { KeptRowsPart, PackedShape, PageWork, RowsWork, ShapeWork } from './result-work.js' */
/** @import { Units } from './units.js' */

const compress = promisify(gzip);
const expand = promisify(gunzip);

/** The result that was read last: whoever reads a page wants the next one. @type {{ id: string, root: unknown, units: Units, chars: number } | undefined} */
let last;

parentPort?.on(
  'message',
  (/** @type {{ number: number, work: ShapeWork | PageWork | RowsWork }} */ { number, work }) => {
    answerTo(work).then(
      (answer) => parentPort?.postMessage({ number, answer }),
      (/** @type {unknown} */ error) => parentPort?.postMessage({ number, failure: String(error) }),
    );
  },
);

/**
 * @param {ShapeWork | PageWork | RowsWork} work
 * @returns {Promise<unknown>}
 */
function answerTo(work) {
  if (work.kind === 'shape') return shape(work);
  return work.kind === 'page' ? page(work) : rows(work);
}

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
  const { units, chars } = await opened(work);
  return pageOf(work, units, chars, countTokens);
}

/**
 * @param {RowsWork} work
 * @returns {Promise<KeptRowsPart>}
 */
async function rows(work) {
  const { root, units } = await opened(work);
  const { facts } = /** @type {KeptRowsPart} */ (root);
  const { piece } = units.slice(work.offset, work.offset + work.limit);
  return { facts, rows: /** @type {object[]} */ (piece), total: units.total };
}

/** @param {PageWork | RowsWork} work */
async function opened({ facts: { id, source, unit }, data }) {
  if (last?.id !== id) {
    const text = (await expand(data)).toString();
    const root = /** @type {unknown} */ (source ? JSON.parse(text) : text);
    last = { id, root, units: unitsOf(root, source, unit), chars: text.length };
  }
  return last;
}
