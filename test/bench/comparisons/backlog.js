import { flat } from '../aims.js';
import { newDatabase, startGateway } from '../gateway.js';
import { LOAD_CORE, lineWith, start, stop } from '../processes.js';
import { rpcCall } from '../requests.js';
import { measure } from '../rounds.js';

const LINES = 50_000;

/** @type {import('../rounds.js').Comparison} */
export const backlog = {
  name: 'backlog',
  title: 'A longer backlog of the audit',
  about: `\`gateway.echo\` at \`POST /mcp/rpc\` of a gateway whose store is there, and of one that has lost it: ${LINES.toLocaleString('en')} lines of its audit and more wait in files.`,
  columns: ['cpuMicros', 'perSecond', 'residentMib'],
  aims: [flat('the store there', 'the store away')],
  async prepare({ gateway }) {
    const there = await startGateway({ env: { DATABASE_URL: await newDatabase(gateway.storeUrl(), 'there') } });
    const store = new URL(await newDatabase(gateway.storeUrl(), 'away'));
    const relay = start(LOAD_CORE, ['test/bench/servers/relay.js', store.port]);
    store.host = await lineWith(relay, /^(127.*)$/m);
    const away = await startGateway({ env: { DATABASE_URL: store.href } });
    await stop(relay);
    const servers = { 'the store there': measuredAt(there), 'the store away': measuredAt(away) };
    for (const server of Object.values(servers)) {
      for (let lines = 0; lines < LINES;) lines += (await measure(server, 2)).requests;
    }
    return servers;
  },
};

/** @param {{url: string, pids: number[]}} gateway */
function measuredAt({ url, pids }) {
  return { url: `${url}/mcp/rpc`, pids, request: rpcCall('gateway_echo') };
}
