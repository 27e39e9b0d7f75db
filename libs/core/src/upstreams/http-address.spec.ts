import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { AnswerLostError, Cancellation, NamedOrigin, signIn, UnavailableError, type HttpClient } from '#libs/outbound';
import { AuthorizationNeeded } from './auth/credential.js';
import { HttpAddress } from './http-address.js';
import { httpClient } from './testing/http-client.js';

it('a refusal holds no connection while its caller has no other credential', async () => {
  let underWay = 0;
  const server = createServer((_request, response) => {
    underWay += 1;
    response.once('close', () => (underWay -= 1));
    response.writeHead(401, { 'www-authenticate': 'Bearer scope="files:read"' });
    // more than is read of a body that nobody wants, and no end
    response.write('x'.repeat(100_000));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const outbound = await httpClient();
  const refused: unknown[] = [];
  const credential = {
    header: () => {
      if (refused.length > 0) throw new AuthorizationNeeded('wiki', 'https://id.example.com');
      return Promise.resolve('Bearer x');
    },
    refused: (...what: unknown[]) => refused.push(what),
  };
  const policy = new NamedOrigin('fixture', url);
  const address = new HttpAddress(outbound.client, { name: 'wiki', url, policy, credential });
  const answer = address.open({ method: 'POST', headers: {}, body: '{}', signal: new Cancellation() });
  await expect(answer).rejects.toBeInstanceOf(AuthorizationNeeded);
  expect(refused).toEqual([['Bearer x', { scope: 'files:read' }]]);
  await expect.poll(() => underWay).toBe(0);
  await outbound.close();
  server.closeAllConnections();
  server.close();
});

it('an error that would tell the address tells the name, and as much of the upstream as before', () => {
  const url = 'https://wiki.example.com/mcp';
  const address = new HttpAddress({} as HttpClient, { name: 'wiki', url, policy: 'open' });
  const lost = address.namedError(new AnswerLostError('https://wiki.example.com broke off', { retryable: true }));
  expect(lost).toBeInstanceOf(AnswerLostError);
  expect(lost.message).toBe('The upstream wiki broke off');
  expect(signIn(address.namedError(new UnavailableError('unasked', 'https://wiki.example.com is full')))).toBe(
    'unasked',
  );
});
