// Stands between the gateway and n8n, and holds both to the description of the public API that this n8n came with.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { OpenAPIBackend } from 'openapi-backend';
import { parse } from 'yaml';

const DESCRIPTION = join(import.meta.dirname, 'node_modules/n8n/dist/public-api/v1/openapi.yml');
const API = '/api/v1';

/**
 * @typedef {object} Watched
 * @property {string} url
 * @property {Set<string>} wrongRequests what the gateway sent against the description
 * @property {Set<string>} otherAnswers where n8n itself answers something else than it describes
 * @property {() => void} close
 */

/** @param {string} target address of n8n @returns {Promise<Watched>} */
export async function watch(target) {
  const definition = parse(readFileSync(DESCRIPTION, 'utf8'));
  prepare(definition);
  const backend = new OpenAPIBackend({
    definition,
    apiRoot: API,
    quick: true,
    ajvOpts: { strict: false, validateFormats: false },
  });
  await backend.init();
  const wrongRequests = new Set();
  const otherAnswers = new Set();

  const server = createServer((request, response) => {
    (async () => {
      const { method = 'GET', url = '/', headers } = request;
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const { host: _host, connection: _connection, 'content-length': _length, ...passed } = headers;
      const answer = await fetch(target + url, {
        method,
        headers: /** @type {Record<string, string>} */ (passed),
        ...(text !== '' && { body: text }),
      });
      const body = await answer.text();
      if (url.startsWith(API)) {
        const { pathname, search } = new URL(url, target);
        const seen = {
          method,
          path: pathname,
          query: search.slice(1),
          headers,
          body: text === '' ? undefined : JSON.parse(text),
        };
        const operation = backend.matchOperation(/** @type {any} */ (seen));
        const what = `${method} ${operation?.path ?? pathname}`;
        if (!operation) wrongRequests.add(`${what}: is not described`);
        else {
          for (const error of backend.validateRequest(/** @type {any} */ (seen), operation).errors ?? []) {
            wrongRequests.add(`${what}: ${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
          }
          const { errors } = backend.validateResponse(answer.ok ? JSON.parse(body) : {}, operation, answer.status);
          for (const error of (answer.ok && errors) || []) {
            const place = error.instancePath.replace(/\/\d+/g, '/*');
            otherAnswers.add(`${what}: ${place} ${error.message} ${JSON.stringify(error.params)}`);
          }
        }
      }
      response
        .writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
        .end(body);
    })().catch((/** @type {unknown} */ error) => response.writeHead(502).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    wrongRequests,
    otherAnswers,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The names of operations are elsewhere, and a text that is not exploded would be taken for a list. @param {any} definition */
function prepare({ paths }) {
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    operation.operationId = operation['x-eov-operation-id'];
    for (const parameter of operation.parameters ?? []) delete parameter.explode;
  }
}
