import { flat } from '../aims.js';
import { startGateway } from '../gateway.js';
import { rpcCall } from '../requests.js';

/** @type {import('../rounds.js').Comparison} */
export const windows = {
  name: 'windows',
  title: 'Longer windows of limits',
  about: '`gateway.echo` at `POST /mcp/rpc` of gateways that count calls in windows of so long.',
  columns: ['cpuMicros', 'perSecond', 'residentMib'],
  aims: [flat('1 s', '60 s')],
  async prepare() {
    return { '1 s': await withWindow(1), '60 s': await withWindow(60) };
  },
};

/** @param {number} seconds */
async function withWindow(seconds) {
  const { url, pids } = await startGateway({ env: { RATE_LIMIT_WINDOW_MS: String(seconds * 1_000) } });
  return { url: `${url}/mcp/rpc`, pids, request: rpcCall('gateway_echo') };
}
