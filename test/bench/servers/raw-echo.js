// The yardstick: bare node:http that parses the same call and answers the same result, and checks nothing.
import { createServer } from 'node:http';
import { announce } from './listen.js';

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { id, params } = JSON.parse(Buffer.concat(chunks).toString());
    const text = JSON.stringify({ message: params.arguments.message });
    const result = { content: [{ type: 'text', text }], structuredContent: params.arguments, isError: false };
    const body = JSON.stringify({ jsonrpc: '2.0', result, id });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
announce(server);
