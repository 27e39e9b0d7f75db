/** How the same call is written elsewhere. Keys are named, never shown. */
export interface Called {
  /** Where the gateway is. */
  readonly origin: string;
  readonly service: string;
  readonly operation: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export const forms = [
  ['curl', 'curl'],
  ['rpc', 'JSON-RPC'],
  ['slash', 'Slash'],
  ['sdk', 'SDK'],
] as const;
export type Form = (typeof forms)[number][0];

const writers: Readonly<Record<Form, (called: Called) => string>> = {
  curl: ({ origin, service, operation, arguments: given }) =>
    [
      `curl -s ${quoted(`${origin}/api/services/${encodeURIComponent(service)}/${encodeURIComponent(operation)}`)} \\`,
      `  -H "X-MCP-Key: $MCP_KEY" -H 'content-type: application/json' \\`,
      `  -d ${quoted(JSON.stringify(given))}`,
    ].join('\n'),

  rpc: ({ tool, arguments: given }) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: given } }, null, 2),

  slash: ({ service, operation, arguments: given }) =>
    `/mcp-${service} ${operation}${Object.keys(given).length === 0 ? '' : ` ${JSON.stringify(given)}`}`,

  sdk: ({ origin, tool, arguments: given }) =>
    `import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const client = new Client({ name: 'my-agent', version: '1.0.0' });
const requestInit = process.env.MCP_KEY ? { headers: { 'X-MCP-Key': process.env.MCP_KEY } } : {};
await client.connect(new StreamableHTTPClientTransport(new URL('${origin}/mcp'), { requestInit }));
console.log(await client.callTool(${JSON.stringify({ name: tool, arguments: given }, null, 2)}));
await client.close();`,
};

export function written(form: Form, called: Called): string {
  return writers[form](called);
}

/** For a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
