import { flat } from '../aims.js';
import { modernCall } from '../requests.js';

const KILOBYTE = 1_024;

/** @type {import('../rounds.js').Comparison} */
export const results = {
  name: 'results',
  title: 'Larger results',
  about:
    'A tool of an upstream over HTTP that answers so much text. From 64 KiB on the answer is over its budget: what an agent gets is shortened, and the whole is kept for it.',
  columns: ['cpuMicros', 'perSecond', 'residentMib'],
  connections: 4,
  unit: 'KB',
  aims: [flat('1 KB', '100 KB'), flat('100 KB', '1 MB')],
  async prepare({ gateway }) {
    const server = { pids: gateway.pids, url: `${gateway.url}/mcp` };
    const of = (/** @type {number} */ kilobytes) => ({
      ...server,
      request: modernCall('over-http__bytes', { size: kilobytes * KILOBYTE }),
      units: kilobytes,
    });
    return { '1 KB': of(1), '100 KB': of(100), '1 MB': of(1_000) };
  },
};
