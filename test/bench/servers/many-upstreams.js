// As many MCP servers over HTTP as the argument says, each at a port of its own with the tool `echo`. The last one lists it
// and answers no call. Prints their addresses.
import { createServer } from 'node:http';
import { once } from 'node:events';

const count = Number(process.argv[2]);
const inputSchema = { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] };
const tools = [{ name: 'echo', description: 'Answers what it was sent.', inputSchema }];

/** @param {string} method @param {any} params */
function resultOf(method, params) {
  if (method === 'tools/call') return { content: [{ type: 'text', text: params.arguments.message }], isError: false };
  if (method === 'tools/list') return { tools };
  const serverInfo = { name: 'echo', version: '1.0.0' };
  return { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo };
}

/** @param {boolean} hangs */
function upstream(hangs) {
  return createServer((request, response) => {
    if (request.method !== 'POST') return response.writeHead(405).end();
    /** @type {Buffer[]} */
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    return request.on('end', () => {
      const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString());
      if (id === undefined) return response.writeHead(202).end();
      if (method === 'server/discover') return answer(response, { id, error: { code: -32601, message: 'Not found' } });
      if (!hangs || method !== 'tools/call') answer(response, { id, result: resultOf(method, params) });
      return undefined;
    });
  });
}

/** @param {import('node:http').ServerResponse} response @param {object} message */
function answer(response, message) {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', ...message }));
}

const urls = [];
for (let i = 0; i < count; i += 1) {
  const server = upstream(i === count - 1).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address === 'object') urls.push(`http://127.0.0.1:${address?.port}/mcp`);
}
console.log(urls.join(' '));
