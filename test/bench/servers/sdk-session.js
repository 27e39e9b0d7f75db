// The official SDK in sessions of MCP 2025-11-25: a server for each, which answers in JSON.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { announce } from './listen.js';
import { echoServer } from './sdk-echo.js';

/** @type {Map<string, NodeStreamableHTTPServerTransport>} */
const sessions = new Map();

async function open() {
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    enableJsonResponse: true,
    onsessioninitialized: (id) => void sessions.set(id, transport),
  });
  await echoServer().connect(transport);
  return transport;
}

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function answer(request, response) {
  const transport = sessions.get(String(request.headers['mcp-session-id'])) ?? (await open());
  await transport.handleRequest(request, response);
}

announce(createServer((request, response) => void answer(request, response)));
