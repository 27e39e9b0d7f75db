import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

interface Icon {
  readonly src: string;
  readonly mimeType: string;
  readonly sizes: string[];
}
type Shown = { readonly name: string; readonly icons?: Icon[] };
type Lists = Record<'tools' | 'prompts' | 'resources', Shown[]> & { readonly serverInfo: Shown };

const MODERN = '2026-07-28';
const _meta = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientCapabilities': {},
};
const accept = { accept: 'application/json, text/event-stream', 'x-mcp-key': ADMIN_KEY };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

async function send(method: string, params: object, headers: Record<string, string>) {
  const answer = await gateway.post('/mcp', { jsonrpc: '2.0', id: 1, method, params }, { ...accept, ...headers });
  return { headers: answer.headers, result: (answer.body as { result: Record<string, unknown> }).result };
}

/** What a client of a revision is shown. */
async function shownTo(revision: string): Promise<Lists> {
  const params = revision === MODERN ? { _meta } : {};
  const clientInfo = { name: 'test', version: '1' };
  const opened =
    revision === MODERN
      ? await send('server/discover', params, { 'mcp-protocol-version': revision, 'mcp-method': 'server/discover' })
      : await send('initialize', { protocolVersion: revision, capabilities: {}, clientInfo }, {});
  const session = opened.headers['mcp-session-id'];
  const lists = await Promise.all(
    ['tools', 'prompts', 'resources'].map(async (kind) => {
      const method = `${kind}/list`;
      const headers: Record<string, string> =
        typeof session === 'string' ? { 'mcp-session-id': session } : { 'mcp-method': method };
      const { result } = await send(method, params, { 'mcp-protocol-version': revision, ...headers });
      return [kind, result[kind]] as const;
    }),
  );
  const told = opened.result._meta as Record<string, unknown> | undefined;
  const serverInfo = opened.result.serverInfo ?? told?.['io.modelcontextprotocol/serverInfo'];
  return { ...(Object.fromEntries(lists) as Omit<Lists, 'serverInfo'>), serverInfo: serverInfo as Shown };
}

const prefixOf = (resource: string) => resource.slice('service-'.length);

const svgOf = ({ icons }: Shown) => {
  const [head, data = ''] = icons?.[0]?.src.split(',') ?? [];
  expect(head).toBe('data:image/svg+xml;base64');
  return Buffer.from(data, 'base64').toString();
};

describe.each(['2025-11-25', MODERN])('to a client of %s', (revision) => {
  it('each service shows its own picture, on all that it offers', async () => {
    const { tools, prompts, resources, serverInfo } = await shownTo(revision);
    const toolsOf = (service: string) => tools.filter(({ name }) => name.startsWith(`${prefixOf(service)}_`));
    // those that only run beside an agent have no tools here
    const services = resources.filter(({ name }) => name.startsWith('service-') && toolsOf(name).length > 0);
    expect(services.length).toBeGreaterThan(5);
    expect(new Set(services.map(svgOf)).size).toBe(services.length);
    for (const { name, icons } of services) {
      const own = [...toolsOf(name), ...prompts.filter((each) => each.name.startsWith(`${prefixOf(name)}_`))];
      expect(own.map((each) => each.icons)).toEqual(own.map(() => icons));
    }
    expect([...tools, ...prompts].filter(({ icons }) => !icons)).toEqual([]);
    expect(serverInfo.icons).toEqual(resources.find(({ name }) => name === 'service-gateway')?.icons);
  });

  it('pictures are small, and nothing but a path', async () => {
    const { resources } = await shownTo(revision);
    for (const { icons = [] } of resources) expect(icons[0]?.src.length ?? 0).toBeLessThan(420);
    const picture =
      /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 24 24" fill="#64748b"><path d="[\w ,.-]+"\/><\/svg>$/;
    for (const each of resources.filter(({ icons }) => icons)) expect(svgOf(each)).toMatch(picture);
  });
});

it.each(['2025-06-18', '2025-03-26'])('a client of %s, which knows no icons, gets none', async (revision) => {
  const { tools, prompts, resources, serverInfo } = await shownTo(revision);
  expect(tools.length).toBeGreaterThan(100);
  expect([...tools, ...prompts, ...resources, serverInfo].filter((each) => 'icons' in each)).toEqual([]);
});
