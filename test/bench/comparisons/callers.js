import { flat } from '../aims.js';
import { post } from '../gateway.js';
import { rpcCall } from '../requests.js';

/** @type {import('../rounds.js').Comparison} */
export const callers = {
  name: 'callers',
  title: 'More callers',
  about: '`gateway.echo` at `POST /mcp/rpc`, with so many API keys in turns, each with windows and limits of its own.',
  columns: ['cpuMicros', 'perSecond', 'residentMib'],
  aims: [flat('1 caller', '200 callers')],
  async prepare({ gateway }) {
    const server = { pids: gateway.pids, url: `${gateway.url}/mcp/rpc` };
    const keys = await makeKeys(gateway.url, 200);
    const of = (/** @type {number} */ count) => ({
      ...server,
      request: { ...rpcCall('gateway_echo'), keys: keys.slice(0, count) },
    });
    return { '1 caller': of(1), '20 callers': of(20), '200 callers': of(200) };
  },
};

/** @param {string} url @param {number} count @returns {Promise<string[]>} */
async function makeKeys(url, count) {
  const keys = [];
  for (let i = 0; i < count; i += 1) {
    const { body } = await post(`${url}/admin/api-keys`, { name: `caller-${i}`, permissions: ['read'] });
    keys.push(body.key);
  }
  return keys;
}
