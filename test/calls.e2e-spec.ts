import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { OperationError } from '#libs/kit';
import { BenchModule, seen } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';

const TIMEOUT_MS = 300;
let gateway: TestGateway;
const admin = { 'x-mcp-key': ADMIN_KEY };

beforeAll(async () => {
  gateway = await startGateway({ services: [BenchModule], env: { DEFAULT_TIMEOUT_MS: String(TIMEOUT_MS) } });
});
afterAll(() => gateway.close());
beforeEach(() => {
  seen.runs = 0;
  seen.aborted = [];
  seen.whenRunning = undefined;
});

const execute = (operation: string, input: object = {}, headers = {}) =>
  gateway.post(`/api/services/bench/${operation}`, input, headers);

const errorOf = (answer: { body: unknown }) => (answer.body as { error: Record<string, unknown> }).error;

describe('find', () => {
  it('suggests near names, among those that the caller may see', async () => {
    const { body: created } = await gateway.post('/admin/api-keys', { name: 'writer', permissions: ['write'] }, admin);
    const { key } = created as { key: string };
    expect(errorOf(await execute('eras', {}, { 'x-mcp-key': key }))).toMatchObject({
      code: -32014,
      message: 'There is no operation "bench.eras". Did you mean bench.erase?',
      details: { didYouMean: ['bench.erase'] },
    });
    expect(errorOf(await execute('wai', {}, { 'x-mcp-key': key }))).toMatchObject({ details: { didYouMean: [] } });
  });
});

describe('authorize', () => {
  it('names the permission that is missing, and does not look at the input', async () => {
    const { body: created } = await gateway.post('/admin/api-keys', { name: 'reader', permissions: ['read'] }, admin);
    const answer = await execute('erase', { nonsense: 1 }, { 'x-mcp-key': (created as { key: string }).key });
    expect(answer.status).toBe(403);
    expect(errorOf(answer)).toMatchObject({ kind: 'forbidden', details: { permission: 'write' } });
    expect(seen.runs).toBe(0);
  });

  it('asks the rule on arguments once they are parsed', async () => {
    const refused = await execute('erase', { name: 'abc', all: true });
    expect(refused.status).toBe(403);
    expect(errorOf(refused)).toMatchObject({
      message: expect.stringContaining('bench.erase with these arguments'),
      details: { permission: 'admin' },
    });
    expect(seen.runs).toBe(0);
    expect((await execute('erase', { name: 'abc', all: true }, admin)).status).toBe(200);
    expect((await execute('erase', { name: 'abc' })).status).toBe(200);
  });

  it.each([['bench:write'], ['bench.erase'], ['*'], ['write']])('lets a key with %s in', async (permission) => {
    const { body } = await gateway.post('/admin/api-keys', { name: 'k', permissions: [permission] }, admin);
    expect((await execute('erase', { name: 'abc' }, { 'x-mcp-key': (body as { key: string }).key })).status).toBe(200);
  });
});

describe('parse', () => {
  it('names every bad field, what was expected and what came', async () => {
    const answer = await execute('erase', { name: 'x', all: 'yes', more: [1, 2] });
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toEqual({
      code: -32602,
      kind: 'invalid',
      message:
        'name: expected at least 2 characters, got "x"; all: expected a boolean, got "yes"; more: expected no such member, got an array of 2',
      details: {
        issues: [
          { path: 'name', expected: 'at least 2 characters', got: '"x"' },
          { path: 'all', expected: 'a boolean', got: '"yes"' },
          { path: 'more', expected: 'no such member', got: 'an array of 2' },
        ],
      },
      requestId: answer.headers['x-request-id'],
    });
    expect(seen.runs).toBe(0);
  });

  it.each([[[]], ['text'], [7], [null]])('refuses %j in place of arguments', async (body) => {
    const answer = await gateway.post('/api/services/bench/erase', body);
    expect(answer.status).toBe(400);
    expect(errorOf(answer)).toMatchObject({ kind: 'invalid' });
  });
});

describe('run', () => {
  it('tells only the request id of what broke inside', async () => {
    const answer = await execute('fail', { how: 'bug' });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/secret|srv|TypeError/);
    expect(errorOf(answer)).toMatchObject({ code: -32603, requestId: answer.headers['x-request-id'] });
  });

  it('ends at the deadline and aborts the operation', async () => {
    const answer = await execute('wait');
    expect(answer.status).toBe(504);
    expect(errorOf(answer)).toMatchObject({ code: -32017, kind: 'deadline', details: { retryable: true } });
    expect(seen.aborted).toEqual([expect.objectContaining({ kind: 'deadline' })]);
  });

  it.each([
    ['is late', {}, 504, 'bench.change took longer than its deadline of 300 ms'],
    ['loses its answer', { lost: true }, 502, 'It broke off'],
  ])('tells that a change which %s may have been made', async (_what, input, status, message) => {
    const answer = await execute('change', input);
    expect(answer.status).toBe(status);
    const { message: told, details } = errorOf(answer);
    expect(told).toBe(`${message}; whether the change was made is not known, so look before you repeat it`);
    expect(details).toEqual({ retryable: false });
  });

  it('answers what is done in time, and never aborts it', async () => {
    expect((await execute('wait', { ms: 10 })).body).toMatchObject({ status: 'success', data: { waitedMs: 10 } });
    expect(seen.aborted).toEqual([]);
  });

  it.each([
    [
      'the edge',
      '/mcp/rpc',
      { jsonrpc: '2.0', id: 1, method: 'mcp.execute', params: { service: 'bench', operation: 'wait' } },
    ],
    ['REST', '/api/services/bench/wait', {}],
    ['a slash command', '/mcp/execute', { command: '/mcp-bench wait' }],
  ])('aborts the operation when the client leaves (%s)', async (_door, path, body) => {
    const running = new Promise<void>((resolve) => {
      seen.whenRunning = resolve;
    });
    const url = new URL(path, gateway.url);
    const leaving = httpRequest(url, { method: 'POST', headers: { 'content-type': 'application/json' } });
    leaving.on('error', () => undefined);
    leaving.end(JSON.stringify(body));
    await running;
    leaving.destroy();
    await vi.waitFor(() => {
      expect(seen.aborted).toEqual([new OperationError('failed', 'The client left before the answer')]);
    }, 10_000);
  });

  it('stops asking a back end that could not be reached five times, and asks again a second later', async () => {
    const ask = () => execute('fail', { how: 'unavailable', backEnd: 'one' });
    for (let i = 0; i < 5; i += 1) expect(errorOf(await ask())).toMatchObject({ message: 'It unavailable' });
    const refused = await ask();
    expect(refused.status).toBe(502);
    expect(refused.headers['retry-after']).toBe('1');
    expect(errorOf(refused)).toMatchObject({ details: { retryable: true, retryAfterMs: 1_000 } });
    expect(seen.runs).toBe(5);
    expect(errorOf(await execute('fail', { how: 'failed', backEnd: 'another' }))).toMatchObject({
      message: 'It failed',
    });
    await vi.waitFor(async () => expect(errorOf(await ask())).toMatchObject({ message: 'It unavailable' }), 3_000);
  });

  it('keeps asking a back end that answers with errors', async () => {
    for (let i = 0; i < 10; i += 1) await execute('fail', { how: 'failed', backEnd: 'grumpy' });
    expect(seen.runs).toBe(10);
  });
});

describe('record', () => {
  it('counts every call, however it ended', async () => {
    const before = ((await gateway.get('/api/stats')).body as { requests: Record<string, number> }).requests;
    await execute('wait', { ms: 1 });
    await execute('fail', { how: 'failed' });
    await execute('erase', { name: 'abc', all: true });
    const after = ((await gateway.get('/api/stats')).body as { requests: Record<string, number> }).requests;
    expect(after).toMatchObject({
      total: before.total! + 3,
      errors: before.errors! + 2,
      denied: before.denied! + 1,
    });
  });
});
