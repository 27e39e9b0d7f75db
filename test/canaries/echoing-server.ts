import { recordingServer, type HttpUpstream } from '../fixtures/upstreams/recording-server.js';

/**
 * What a back end may do at worst with the credentials that it is sent: it says them all in its errors. Answers every
 * request so, whatever API it stands for.
 */
export function echoingServer(): Promise<HttpUpstream> {
  return recordingServer((request, response, body) => {
    const said = JSON.stringify({ url: request.url, headers: request.headers, body });
    const error = { message: said, code: 1, type: 'x' };
    const answer = { message: said, detail: said, success: false, errors: [error], error, result: null };
    const status = { '/ok': 200, '/denied': 401 }[request.url ?? ''] ?? 418;
    response.writeHead(status, { 'content-type': 'application/json', 'x-said': said.slice(0, 500) });
    response.end(JSON.stringify(answer));
  });
}
