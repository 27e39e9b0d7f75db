import { flat } from '../aims.js';
import { startGateway } from '../gateway.js';
import { rpcCall } from '../requests.js';
import { measure } from '../rounds.js';

const MANY_CALLS = 200_000;

/** @type {import('../rounds.js').Comparison} */
export const age = {
  name: 'age',
  title: 'A longer life',
  about: `\`gateway.echo\` at \`POST /mcp/rpc\` of a gateway that has just started, and of one that has answered ${MANY_CALLS.toLocaleString('en')} calls and more: its history of events, its log in memory and its audit are as long as they get.`,
  columns: ['cpuMicros', 'perSecond', 'residentMib'],
  aims: [flat('a new gateway', 'an old one')],
  async prepare({ gateway }) {
    const request = rpcCall('gateway_echo');
    const young = await startGateway();
    const old = { pids: gateway.pids, url: `${gateway.url}/mcp/rpc`, request };
    for (let calls = 0; calls < MANY_CALLS;) calls += (await measure(old, 5)).requests;
    return { 'a new gateway': { pids: young.pids, url: `${young.url}/mcp/rpc`, request }, 'an old one': old };
  },
};
