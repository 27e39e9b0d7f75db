import { ADMIN_KEY, type TestGateway } from '../gateway.js';
import type { Sample, ServiceSamples } from './sample.js';

const samples: Record<string, Sample> = {
  'gateway.echo': { input: { message: 'a "quoted" \\ word' }, command: `/mcp-gateway echo 'a "quoted" \\ word'` },
  'gateway.whoami': { input: {}, command: '/mcp-gateway whoami' },
  'gateway.status': { input: {}, command: '/mcp-gateway status' },
  // Its id is filled in when there is one.
  'gateway.read_result': { input: {}, command: '' },
  'gateway.search_tools': {
    input: { query: 'which columns does a table have', limit: 3 },
    command: '/mcp-gateway search_tools which columns does a table have --limit 3',
  },
  'gateway.describe_tool': {
    input: { name: 'postgres_list_tables' },
    command: '/mcp-gateway describe_tool postgres_list_tables',
  },
  'gateway.call_tool': {
    input: { name: 'gateway_echo', arguments: { message: 'passed on' } },
    command: `/mcp-gateway call_tool gateway_echo {"arguments": {"message": "passed on"}}`,
  },
  'gateway.start_call': {
    input: { name: 'gateway_echo', arguments: { message: 'later' } },
    command: `/mcp-gateway start_call gateway_echo {"arguments": {"message": "later"}}`,
    stable: ({ operation }: any) => operation, // each call has a ticket of its own
  },
  // Their ticket is filled in when there is one.
  'gateway.call_outcome': { input: {}, command: '' },
  'gateway.cancel_call': { input: {}, command: '' },
  'gateway.my-calls': {
    input: { limit: 3 },
    command: '/mcp-gateway my-calls 3',
    stable: ({ calls }: any) => calls.length, // each call adds one
  },
};

/** The ticket of a call in the background that has run. */
async function ended(gateway: TestGateway): Promise<string> {
  const call = async (name: string, input: object) => {
    const { body } = await gateway.post(`/api/services/gateway/${name}`, input, { 'x-mcp-key': ADMIN_KEY });
    return (body as { data: { ticket: string; state: string } }).data;
  };
  const { ticket } = await call('start_call', { name: 'gateway_echo', arguments: { message: 'once' } });
  const { state } = await call('call_outcome', { ticket });
  if (state !== 'done') throw new Error(`The call in the background is ${state}`);
  return ticket;
}

/** Needs a `shop` database for the result that is read. */
export async function gatewaySamples(): Promise<ServiceSamples> {
  return {
    env: {},
    samples,
    ready: async (gateway) => {
      const large = { database: 'shop', query: 'SELECT n, n::text FROM generate_series(1, 3000) n', limit: 3_000 };
      const { body } = await gateway.post('/api/services/postgres/query', large, { 'x-mcp-key': ADMIN_KEY });
      const id = (body as { metadata: { truncated: { resultId: string } } }).metadata.truncated.resultId;
      Object.assign(samples['gateway.read_result']!, {
        input: { id, offset: 2_990 },
        command: `/mcp-gateway read_result ${id} --offset 2990`,
      });
      const ticket = await ended(gateway);
      for (const name of ['call_outcome', 'cancel_call']) {
        const command = `/mcp-gateway ${name} ${ticket}`;
        Object.assign(samples[`gateway.${name}`]!, { input: { ticket }, command });
      }
    },
  };
}
