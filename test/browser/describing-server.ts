import { recordingServer, type HttpUpstream } from '../fixtures/upstreams/recording-server.js';

/** An MCP server whose only tool can be described anew. */
export interface DescribingServer extends HttpUpstream {
  description: string;
}

export async function describingServer(description: string): Promise<DescribingServer> {
  const serverInfo = { name: 'describing', version: '1' };
  const hello = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo };
  const server = await recordingServer((_request, response, body) => {
    if (body?.id === undefined) return response.writeHead(body ? 202 : 405).end();
    const tools = [{ name: 'hello', description: described.description, inputSchema: { type: 'object' } }];
    const results: Record<string, object> = { initialize: hello, 'tools/list': { tools } };
    const result = results[String(body.method)];
    const answer = result ? { result } : { error: { code: -32601, message: 'Method not found' } };
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ jsonrpc: '2.0', id: body.id, ...answer }));
  });
  const described = Object.assign(server, { description });
  return described;
}
