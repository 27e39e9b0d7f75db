import { flat } from '../aims.js';
import { post, startGateway } from '../gateway.js';
import { LOAD_CORE, startServer } from '../processes.js';
import { modernCall, modernList } from '../requests.js';

/** @type {import('../rounds.js').Comparison} */
export const tools = {
  name: 'tools',
  title: 'More tools',
  about:
    'Gateways with one upstream over HTTP that offers so many tools. A call is of the last of them. A list holds the tools of the gateway itself too, and its cost is also given for one tool in it.',
  columns: ['cpuMicros', 'perSecond', 'residentMib'],
  unit: 'call or tool',
  aims: [flat('a call of 10', 'a call of 1,000'), flat('a list of 100', 'a list of 1,000')],
  async prepare() {
    const few = await withTools(10);
    const some = await withTools(100);
    const many = await withTools(1_000);
    return {
      'a call of 10': few.call,
      'a call of 100': some.call,
      'a call of 1,000': many.call,
      'a list of 10': few.list,
      'a list of 100': some.list,
      'a list of 1,000': many.list,
    };
  },
};

/** @param {number} count */
async function withTools(count) {
  const upstream = await startServer(LOAD_CORE, ['test/bench/servers/echo-upstream.js', String(count)]);
  const { url, pids } = await startGateway({ mcpServers: { many: { url: upstream.url } } });
  const server = { url: `${url}/mcp`, pids };
  const { body } = await post(`${url}/mcp/rpc`, { jsonrpc: '2.0', id: 0, method: 'tools/list' });
  return {
    call: { ...server, request: modernCall(`many__tool-${count - 3}`) },
    list: { ...server, request: modernList(), units: body.result.tools.length },
  };
}
