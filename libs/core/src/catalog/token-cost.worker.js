// Runs in a thread of its own and ends with its answer: the tokenizer's tables take more memory than the whole gateway.
import { parentPort, workerData } from 'node:worker_threads';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

/** @type {unknown} */
const given = workerData;
const texts = /** @type {readonly string[]} */ (given);
// what a definition writes as if it were a model's own mark is a text like any other
const plain = { disallowedSpecial: new Set() };
parentPort?.postMessage(texts.map((text) => countTokens(text, plain)));
