// A thread of its own: a page is somebody else's, and may take seconds to read however it was made.
import { parentPort } from 'node:worker_threads';
import { readPage } from './read-page.js';

/** @import { PageWork } from './page-work.js' */

parentPort?.on('message', (/** @type {PageWork} */ work) => {
  try {
    parentPort?.postMessage({ page: readPage(work) });
  } catch (error) {
    parentPort?.postMessage({ failure: String(error) });
  }
});
