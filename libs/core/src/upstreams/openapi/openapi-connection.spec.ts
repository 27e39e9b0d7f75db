import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { OperationError } from '#libs/kit';
import { NamedOrigin } from '#libs/outbound';
import { recordingServer } from '../../../../../test/fixtures/upstreams/recording-server.js';
import { httpClient } from '../testing/http-client.js';
import { OpenApiConnection } from './openapi-connection.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const document = {
  openapi: '3.1.0',
  info: { title: 'Reports', version: '1' },
  paths: { '/report': { get: { operationId: 'report' } } },
};

/** An API that takes `answerMs`, over a client whose requests else end after 50 ms. */
async function connected(answerMs: number): Promise<OpenApiConnection> {
  const api = await recordingServer((_request, response) => {
    setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{"done":true}'), answerMs);
  });
  cleanUps.push(() => api.close());
  const outbound = await httpClient(50);
  cleanUps.push(() => outbound.close());
  const directory = mkdtempSync(join(tmpdir(), 'openapi-'));
  cleanUps.push(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'reports.json');
  writeFileSync(file, JSON.stringify(document));
  return OpenApiConnection.open(outbound.client, {
    name: 'reports',
    document: { file },
    baseUrl: new URL(api.url).origin,
    headers: {},
    policyFor: (url) => new NamedOrigin('The upstream reports', url),
    signal: new AbortController().signal,
  });
}

const report = { name: 'report', arguments: {} };

describe('a call of an HTTP API', () => {
  it('may take as long as the call itself', async () => {
    const connection = await connected(300);
    const { signal } = new AbortController();
    const result = await connection.request('tools/call', report, { signal });
    expect(result).toMatchObject({ structuredContent: { done: true } });
  });

  it('ends with the call', async () => {
    const connection = await connected(60_000);
    const controller = new AbortController();
    const ending = connection.request('tools/call', report, { signal: controller.signal });
    const late = new OperationError('deadline', 'too late');
    controller.abort(late);
    await expect(ending).rejects.toBe(late);
  });

  it('is not made once the connection is closed', async () => {
    const connection = await connected(0);
    await connection.close();
    const calling = connection.request('tools/call', report, { signal: new AbortController().signal });
    await expect(calling).rejects.toMatchObject({ kind: 'unavailable', sign: 'unasked', details: { retryable: true } });
  });
});
