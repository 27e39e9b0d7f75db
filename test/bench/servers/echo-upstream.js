// An MCP server behind the gateway, over HTTP or, with `stdio`, over its standard streams: it lists one tool, `echo`.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const inputSchema = { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] };

/** @param {{id?: unknown, method: string, params?: any}} message */
function resultOf({ method, params }) {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'echo', version: '1.0.0' },
      };
    case 'tools/list':
      return { tools: [{ name: 'echo', description: 'Answers what it was sent.', inputSchema }] };
    case 'tools/call':
      return { content: [{ type: 'text', text: params.arguments.message }], isError: false };
    default:
      return undefined;
  }
}

/** Nothing for a notification. @param {string} text */
function answerTo(text) {
  const message = JSON.parse(text);
  if (message.id === undefined) return undefined;
  const result = resultOf(message);
  const error = { code: -32601, message: 'Method not found' };
  return JSON.stringify({ jsonrpc: '2.0', id: message.id, ...(result ? { result } : { error }) });
}

if (process.argv.at(-1) === 'stdio') {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const answer = answerTo(line);
    if (answer !== undefined) process.stdout.write(`${answer}\n`);
  });
} else {
  const server = createServer((request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(405).end();
      return;
    }
    /** @type {Buffer[]} */
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const answer = answerTo(Buffer.concat(chunks).toString());
      if (answer === undefined) response.writeHead(202).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address) console.log(`http://127.0.0.1:${address.port}/mcp`);
  });
}
