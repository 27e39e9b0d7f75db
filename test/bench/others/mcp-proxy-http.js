// mcp-proxy before an upstream over HTTP, put together as its README does it: its own command takes programs alone.
import { other } from './install.js';

const { Client, StreamableHTTPClientTransport } = await import(
  other('@modelcontextprotocol', 'client', 'dist', 'index.mjs')
);
const { Server } = await import(other('@modelcontextprotocol', 'server', 'dist', 'index.mjs'));
const { proxyServer, startHTTPServer } = await import(other('mcp-proxy', 'dist', 'index.mjs'));

const [upstream = '', port = '0'] = process.argv.slice(2);
const client = new Client({ name: 'mcp-proxy', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(new URL(upstream)));
const serverCapabilities = client.getServerCapabilities() ?? {};

await startHTTPServer({
  host: '127.0.0.1',
  port: Number(port),
  createServer: async () => {
    const server = new Server({ name: 'mcp-proxy', version: '1.0.0' }, { capabilities: serverCapabilities });
    await proxyServer({ client, server, serverCapabilities });
    return server;
  },
});
