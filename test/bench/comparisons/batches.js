import { flat } from '../aims.js';
import { batch } from '../requests.js';

/** @type {import('../rounds.js').Comparison} */
export const batches = {
  name: 'batches',
  title: 'Longer batches',
  about: 'So many calls of `gateway.echo` in one request at `POST /mcp/rpc`.',
  columns: ['cpuMicros', 'perSecond', 'loadBusy'],
  unit: 'call',
  aims: [flat('1 call', '10 calls'), flat('10 calls', '50 calls')],
  async prepare({ gateway }) {
    const server = { pids: gateway.pids, url: `${gateway.url}/mcp/rpc` };
    const of = (/** @type {number} */ calls) => ({ ...server, request: batch('gateway_echo', calls), units: calls });
    return { '1 call': of(1), '10 calls': of(10), '50 calls': of(50) };
  },
};
