import type { GatewayClient } from '../gateway-client.js';
import { socketOpens } from '../room.js';
import type { Finding } from './finding.js';

const REVISION = '2026-07-28';

/** The ways in that something between here and the gateway most often breaks: MCP, and sockets. */
export async function doorFindings(gateway: GatewayClient): Promise<readonly Finding[]> {
  return [await mcpFinding(gateway), await socketFinding(gateway)];
}

async function mcpFinding(gateway: GatewayClient): Promise<Finding> {
  const subject = 'MCP';
  const response = await gateway.ask('POST', '/mcp', {
    headers: {
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': REVISION,
      'mcp-method': 'server/discover',
    },
    body: {
      jsonrpc: '2.0',
      id: 1,
      method: 'server/discover',
      params: {
        _meta: {
          'io.modelcontextprotocol/protocolVersion': REVISION,
          'io.modelcontextprotocol/clientInfo': { name: 'mcp-gateway doctor', version: '1' },
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    },
  });
  if (response.ok) return { state: 'good', subject, text: `agents connect to ${gateway.address('/mcp').href}` };
  const advice =
    response.status === 404 ? 'DOORS of the gateway has no `mcp`.' : 'Does a proxy before the gateway change POSTs?';
  return { state: 'bad', subject, text: `${gateway.address('/mcp').href} answers ${response.status}`, advice };
}

async function socketFinding(gateway: GatewayClient): Promise<Finding> {
  const subject = 'sockets';
  if (await socketOpens(gateway)) return { state: 'good', subject, text: `open at ${gateway.address('/ws').href}` };
  const advice = 'A proxy before the gateway has to let WebSockets through, and DOORS has to have `realtime`.';
  return { state: 'warning', subject, text: `none opens at ${gateway.address('/ws').href}`, advice };
}
