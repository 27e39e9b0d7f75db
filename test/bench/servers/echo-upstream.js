// An MCP server behind the gateway, over HTTP or, with `stdio`, over its standard streams. It offers `echo`, `bytes`, and
// more until there are as many tools as the number among its arguments says.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

const inputSchema = { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] };
const sizeSchema = { type: 'object', properties: { size: { type: 'integer' } }, required: ['size'] };
const count = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 2);
const tools = [
  { name: 'echo', description: 'Answers what it was sent.', inputSchema },
  { name: 'bytes', description: 'Answers so many bytes of text.', inputSchema: sizeSchema },
  ...Array.from({ length: count - 2 }, (_, i) => ({
    name: `tool-${i}`,
    description: `Is tool ${i} of many.`,
    inputSchema,
  })),
];
const LINE = `${'It is a line of text, of which an answer has many.'.padEnd(63, '.')}\n`;
/** @type {Map<number, string>} */
const texts = new Map();

/** @param {number} size */
function textOf(size) {
  const text = texts.get(size) ?? LINE.repeat(Math.ceil(size / LINE.length)).slice(0, size);
  texts.set(size, text);
  return text;
}

/** @param {{id?: unknown, method: string, params?: any}} message */
function resultOf({ method, params }) {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'echo', version: '1.0.0' },
      };
    case 'tools/list':
      return { tools };
    case 'tools/call': {
      const text = params.name === 'bytes' ? textOf(params.arguments.size) : params.arguments.message;
      return { content: [{ type: 'text', text }], isError: false };
    }
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
