// The gateways that npm has, each started as its README says before the same MCP server.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { newDirectory, openSession } from '../gateway.js';
import { freePort, launch, LOAD_CORE, onCore, SERVER_CORE } from '../processes.js';
import { callOfMcpHub, sessionCall } from '../requests.js';
import { install, other } from './install.js';
import { answersClients } from './reachable.js';

const program = onCore(LOAD_CORE, [process.execPath, 'test/bench/servers/echo-upstream.js', 'stdio']);

/** @param {string} upstreamUrl */
export async function gatewaysOverHttp(upstreamUrl) {
  install();
  return {
    'mcp-hub': await mcpHub({ url: upstreamUrl }),
    'mcp-proxy': await inSession((port) => [join(import.meta.dirname, 'mcp-proxy-http.js'), upstreamUrl, port]),
  };
}

export async function gatewaysOverStdio() {
  install();
  const [command = '', ...args] = program;
  const mcpProxy = other('mcp-proxy', 'dist', 'bin', 'mcp-proxy.mjs');
  const supergateway = other('supergateway', 'dist', 'index.js');
  return {
    'mcp-hub': await mcpHub({ command, args }),
    'mcp-proxy': await inSession((port) => [mcpProxy, '--host', '127.0.0.1', '--port', port, '--', ...program]),
    supergateway: await inSession((port) => [
      ...[supergateway, '--stdio', program.join(' '), '--outputTransport', 'streamableHttp', '--stateful'],
      ...['--port', port, '--logLevel', 'none'],
    ]),
  };
}

/** By its REST door: that of MCP is the transport of 2024-11-05, which takes two connections and costs it more. @param {object} upstream */
async function mcpHub(upstream) {
  const directory = newDirectory();
  const config = join(directory, 'servers.json');
  writeFileSync(config, JSON.stringify({ mcpServers: { upstream } }));
  const args = (/** @type {string} */ port) => [other('mcp-hub', 'dist', 'cli.js'), '--port', port, '--config', config];
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- it has no newer one
  const ready = (/** @type {string} */ url) => answersClients(`${url}/mcp`, SSEClientTransport, 'upstream__echo');
  // it writes its files where HOME says
  const { url, ...server } = await started(args, ready, { HOME: directory });
  return { ...server, url: `${url}/api/servers/tools`, request: callOfMcpHub('upstream', 'echo') };
}

/** @param {(port: string) => string[]} args */
async function inSession(args) {
  const ready = (/** @type {string} */ url) => answersClients(`${url}/mcp`, StreamableHTTPClientTransport, 'echo');
  const { url, ...server } = await started(args, ready);
  return { ...server, url: `${url}/mcp`, request: sessionCall('echo', await openSession(`${url}/mcp`)) };
}

/** @param {(port: string) => string[]} args @param {(url: string) => Promise<void>} ready @param {NodeJS.ProcessEnv} [env] */
async function started(args, ready, env) {
  const port = String(await freePort());
  const startedAt = performance.now();
  const child = launch(SERVER_CORE, [process.execPath, ...args(port)], env, 'ignore');
  const url = `http://127.0.0.1:${port}`;
  await ready(url);
  return { url, pids: [child.pid ?? 0], startMs: performance.now() - startedAt };
}
