import { connectPlain, connectSocketIo, type TestSocket } from '../sockets.js';
import type { WatchedGateway } from './invariants.js';

export interface Called {
  service: string;
  name: string;
  tool: string;
}

/** What came of a call: its data, or the kind of its error. */
export type Outcome = { data: unknown } | { kind: string };

/** A call of an operation through one door. */
type Door = (operation: Called, input: unknown) => Promise<Outcome>;

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** All doors to an operation, opened by one caller. */
export async function openDoors(gateway: WatchedGateway, credential: Record<string, string>) {
  const overMcp = async (params: object, more: Record<string, string> = {}) => {
    const headers = { ...credential, accept: 'application/json, text/event-stream', ...more };
    const { body } = await gateway.post('/mcp', { jsonrpc: '2.0', id: 1, method: 'tools/call', params }, headers);
    return ofRpc(body);
  };
  const session = await openSession(gateway, credential);
  const sockets = {
    'Socket.IO': await connectSocketIo(gateway.url, 'websocket', { headers: credential }),
    '/ws': await connectPlain(gateway.url, { headers: credential }),
  };
  const overSocket = async (socket: TestSocket, toolName: string, input: unknown) => {
    const asked = { toolName, arguments: input };
    const answer = await socket.ask('execute_tool', asked);
    gateway.heard(JSON.stringify(answer), JSON.stringify(asked));
    return answer.ok ? ofTool((answer as unknown as { result: ToolResult }).result) : { kind: answer.error.kind };
  };

  const doors: Record<string, Door> = {
    'mcp.execute': async ({ service, name }, input) =>
      ofRpc(await gateway.rpc('mcp.execute', { service, operation: name, params: input }, credential)),
    'tools/call': async ({ tool }, input) =>
      ofRpc(await gateway.rpc('tools/call', { name: tool, arguments: input }, credential)),
    'MCP, a session': ({ tool }, input) => overMcp({ name: tool, arguments: input }, session),
    'MCP, 2026-07-28': ({ tool }, input) =>
      overMcp(
        { name: tool, arguments: input, _meta: META },
        {
          'mcp-protocol-version': '2026-07-28',
          'mcp-method': 'tools/call',
          'mcp-name': `=?base64?${Buffer.from(tool).toString('base64')}?=`,
        },
      ),
    'a slash command': async ({ service, name }, input) =>
      ofEnvelope(
        await gateway.post('/mcp/execute', { command: `/mcp-${service} ${name} ${JSON.stringify(input)}` }, credential),
      ),
    REST: async ({ service, name }, input) => {
      const path = `/api/services/${encodeURIComponent(service)}/${encodeURIComponent(name)}`;
      return ofEnvelope(await gateway.post(path, input, credential));
    },
    'Socket.IO': ({ tool }, input) => overSocket(sockets['Socket.IO'], tool, input),
    '/ws': ({ tool }, input) => overSocket(sockets['/ws'], tool, input),
  };
  const close = () => {
    for (const socket of Object.values(sockets)) socket.close();
  };
  return { doors, close };
}

/** The headers of a session of MCP, of the revision that has batches unless another is named. */
export async function openSession(
  gateway: WatchedGateway,
  credential: Record<string, string>,
  revision = '2025-03-26',
): Promise<Record<string, string>> {
  const hello = { protocolVersion: revision, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const initialize = { jsonrpc: '2.0', id: 0, method: 'initialize', params: hello };
  const { headers } = await gateway.post('/mcp', initialize, credential);
  return { ...credential, 'mcp-session-id': String(headers['mcp-session-id']), 'mcp-protocol-version': revision };
}

interface ToolResult {
  isError?: boolean;
  content: { text: string }[];
  structuredContent?: unknown;
}

function ofTool({ isError, content, structuredContent }: ToolResult): Outcome {
  if (isError !== true) return { data: structuredContent };
  return { kind: content[0]!.text.split(':')[0]! };
}

/** Of `mcp.execute` and of `tools/call`. */
export function ofRpc(body: unknown): Outcome {
  const { result, error } = body as {
    result?: ToolResult | { status: string; data: unknown };
    error?: { code: number; data?: { kind?: string } };
  };
  if (error) return { kind: error.data?.kind ?? String(error.code) };
  return 'content' in result! ? ofTool(result) : { data: result!.data };
}

function ofEnvelope({ body }: { body: unknown }): Outcome {
  const { data, error } = body as { data?: unknown; error?: { kind: string } };
  return error ? { kind: error.kind } : { data };
}
