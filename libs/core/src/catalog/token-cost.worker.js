// Runs in a thread of its own and ends with its answer: the tokenizer's tables take more memory than the whole gateway.
import { parentPort, workerData } from 'node:worker_threads';
import { countTokens } from './count-tokens.js';

/** @type {unknown} */
const given = workerData;
const texts = /** @type {readonly string[]} */ (given);
parentPort?.postMessage(texts.map(countTokens));
