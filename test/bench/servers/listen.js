// What the servers that are measured share.
import { createServer } from 'node:http';

/** Bare node:http that hands a request's body on, and sends back the text that comes of it. @param {(body: string) => Promise<string>} answer */
export function listen(answer) {
  announce(
    createServer((request, response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        void answer(Buffer.concat(chunks).toString()).then((body) => {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
          response.end(body);
        });
      });
    }),
  );
}

/** Listens on a free port, and says where. @param {import('node:http').Server} server */
export function announce(server, path = '/mcp') {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object' && address) console.log(`http://127.0.0.1:${address.port}${path}`);
  });
}
