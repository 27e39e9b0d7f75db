// Version 1 of the official SDK in sessions of MCP 2025-11-25: a server for each, which answers in JSON.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { z } from 'zod';
import { announce } from './listen.js';

const message = { message: z.string().max(10_000) };
/** @type {Map<string, StreamableHTTPServerTransport>} */
const sessions = new Map();

async function open() {
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: true,
    onsessioninitialized: (id) => void sessions.set(id, transport),
  });
  const server = new McpServer({ name: 'echo', version: '1.0.0' });
  const tool = { description: 'Answers what it was sent.', inputSchema: message, outputSchema: message };
  server.registerTool('gateway_echo', tool, ({ message }) => ({
    content: [{ type: 'text', text: JSON.stringify({ message }) }],
    structuredContent: { message },
  }));
  await server.connect(/** @type {import('@modelcontextprotocol/sdk/shared/transport.js').Transport} */ (transport));
  return transport;
}

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function answer(request, response) {
  const transport = sessions.get(String(request.headers['mcp-session-id'])) ?? (await open());
  await transport.handleRequest(request, response);
}

announce(createServer((request, response) => void answer(request, response)));
