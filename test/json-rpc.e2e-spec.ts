import { once } from 'node:events';
import { Module } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  McpService,
  Operation,
  OperationError,
  type ErrorDetails,
  type ErrorKind,
  type OperationContext,
} from '#libs/kit';
import { AuditTrail } from '../libs/core/src/observability/audit/audit-trail.js';
import { ADMIN_KEY, startGateway, type Answer, type Sent, type TestGateway } from './gateway.js';
import { connectTo } from './raw-http.js';

const failures: Partial<Record<ErrorKind, ErrorDetails>> = {
  'not-configured': { missing: ['PROBE_URL'] },
  unavailable: { retryable: true, retryAfterMs: 1_500 },
  deadline: { retryable: true },
  limited: { retryAfterMs: 2_000 },
  failed: {},
  'not-approved': { ticket: 't-1' },
  'too-large': {},
  internal: {},
};

const number = z.object({ number: z.number() });

/** Runs what the tests look at: counters, failures of every kind and calls that end when a test says so. */
@McpService({ name: 'probe', version: '1.0.0', description: 'What the tests look at', location: 'server' })
class ProbeService {
  static calls = 0;
  static waiting: { end: () => void; context: OperationContext }[] = [];

  @Operation({
    name: 'count-up',
    description: 'Counts its calls.',
    input: z.object({ by: z.number().int().default(1) }),
    output: number,
    permission: 'write',
  })
  countUp({ by }: { by: number }) {
    ProbeService.calls += by;
    return { number: ProbeService.calls };
  }

  @Operation({
    name: 'sum',
    description: 'Adds its params.',
    input: z.object({ params: z.array(z.number()) }),
    output: number,
    permission: 'read',
  })
  async sum({ params }: { params: number[] }) {
    return { number: params.reduce((sum, each) => sum + each, 0) };
  }

  @Operation({
    name: 'fail',
    description: 'Fails as it is told.',
    input: z.object({ kind: z.string() }),
    output: z.object({}),
    permission: 'read',
  })
  fail({ kind }: { kind: string }): Record<string, never> {
    if (kind === 'bug') throw new Error('/srv/secret/path: password=hunter2');
    throw new OperationError(kind as ErrorKind, `It is ${kind}.`, failures[kind as ErrorKind]);
  }

  @Operation({
    name: 'not-json',
    description: 'Answers what JSON has no word for.',
    input: z.object({}),
    output: z.object({ big: z.unknown() }),
    permission: 'read',
  })
  notJson() {
    return { big: 1n };
  }

  @Operation({
    name: 'no-thing',
    description: 'Does nothing.',
    input: z.object({}),
    output: z.object({}),
    permission: 'read',
  })
  nothing() {
    return {};
  }

  @Operation({
    name: 'wait',
    description: 'Waits for the test.',
    input: z.object({}),
    output: z.object({}),
    permission: 'read',
  })
  async wait(_input: object, context: OperationContext) {
    await new Promise<void>((end) => ProbeService.waiting.push({ end, context }));
    return {};
  }

  @Operation({
    name: 'erase',
    description: 'Needs admin.',
    input: z.object({}),
    output: z.object({}),
    permission: 'admin',
  })
  erase() {
    return {};
  }
}

@Module({ providers: [ProbeService] })
class ProbeModule {}

const paths = ['/mcp/rpc', '/api/mcp/jsonrpc'];
let hot: TestGateway;
let plain: TestGateway;

beforeAll(async () => {
  const start = (mode: 'on' | 'off') =>
    startGateway({
      services: [ProbeModule],
      env: { HOT_PATH: mode, LOG_FORMAT: 'json', MCP_MAX_BODY_BYTES: '200000' },
    });
  [hot, plain] = await Promise.all([start('on'), start('off')]);
});
afterAll(() => Promise.all([hot.close(), plain.close()]));
beforeEach(() => {
  ProbeService.calls = 0;
  ProbeService.waiting = [];
});

/** The headers that clients look at; the others are HTTP's own. A connection may go on where a refused request came whole. */
const headersThatMatter = [
  'content-type',
  'x-request-id',
  'www-authenticate',
  'retry-after',
  'vary',
  'x-content-type-options',
  'access-control-allow-origin',
];

function faceOf({ status, headers, text }: Answer) {
  const shown = headersThatMatter.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]));
  const body = text.replaceAll(/"(executionTime|uptimeMs|perSecond|p50|p95|p99)":[\d.e-]+/g, '"$1":0');
  return { status, headers: Object.fromEntries(shown) as Record<string, unknown>, body };
}

/** Sends a request to both addresses with either path, and answers what all four agree on. */
async function ask(request: Omit<Sent, 'path'>): Promise<Answer> {
  const sent = {
    ...request,
    method: request.method ?? 'POST',
    headers: { 'x-request-id': 'case-1', ...request.headers },
  };
  const answers: Answer[] = [];
  for (const gateway of [hot, plain]) {
    for (const path of paths) answers.push(await gateway.send({ ...sent, path }));
  }
  const [first, ...others] = answers;
  for (const other of others) expect(faceOf(other)).toEqual(faceOf(first!));
  return first!;
}

function askJson(body: unknown, headers: Sent['headers'] = {}): Promise<Answer> {
  return ask({ headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
}

const call = (method: string, params?: unknown) => ({ jsonrpc: '2.0', id: 1, method, params });
const execute = (operation: string, more: object = {}) => call('mcp.execute', { service: 'probe', operation, ...more });
const result = (value: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', result: value, id });
const failure = (code: number, kind: string, message: unknown, details: object = {}, id: unknown = 1) => ({
  jsonrpc: '2.0',
  error: { code, message, data: { kind, ...details, requestId: 'case-1' } },
  id,
});
const envelope = (data: unknown) => ({
  status: 'success',
  data,
  metadata: { executionTime: expect.any(Number), tokensUsed: expect.any(Number), requestId: 'case-1' },
});
const internal = 'Something broke inside the gateway. Its log has the reason under this request id.';

describe('the methods', () => {
  it.each<[name: string, sent: unknown, status: number, body: unknown]>([
    ['arguments beside service and operation', execute('count-up', { by: 0 }), 200, result(envelope({ number: 0 }))],
    ['arguments in params', execute('count-up', { params: { by: 0 } }), 200, result(envelope({ number: 0 }))],
    ['arguments in both', execute('count-up', { params: {}, by: 0 }), 200, result(envelope({ number: 0 }))],
    [
      'params of an array belong to the operation',
      execute('sum', { params: [1, 2, 4] }),
      200,
      result(envelope({ number: 7 })),
    ],
    [
      'params of an array can be nested',
      execute('sum', { params: { params: [1, 2] } }),
      200,
      result(envelope({ number: 3 })),
    ],
    ['underscores and dashes are equal', execute('count_up', { by: 0 }), 200, result(envelope({ number: 0 }))],
    [
      'bad arguments are all named',
      execute('count-up', { by: 1.5, more: true }),
      200,
      failure(-32602, 'invalid', 'by: expected a whole number, got 1.5; more: expected no such member, got true', {
        issues: [
          { path: 'by', expected: 'a whole number', got: '1.5' },
          { path: 'more', expected: 'no such member', got: 'true' },
        ],
      }),
    ],
    [
      'no service and no operation',
      call('mcp.execute', {}),
      200,
      failure(-32602, 'invalid', 'service: expected a string, got nothing; operation: expected a string, got nothing', {
        issues: [
          { path: 'service', expected: 'a string', got: 'nothing' },
          { path: 'operation', expected: 'a string', got: 'nothing' },
        ],
      }),
    ],
    [
      'positional params of mcp.execute',
      call('mcp.execute', ['probe', 'sum']),
      200,
      failure(-32602, 'invalid', 'arguments: expected an object, got an array of 2', {
        issues: [{ path: 'arguments', expected: 'an object', got: 'an array of 2' }],
      }),
    ],
    [
      'an unknown operation, with near names',
      execute('wiat'),
      200,
      failure(-32014, 'unknown', 'There is no operation "probe.wiat". Did you mean probe.wait?', {
        didYouMean: ['probe.wait'],
      }),
    ],
    [
      'an unknown operation that is near one that the caller may not see',
      execute('erases'),
      200,
      failure(-32014, 'unknown', 'There is no operation "probe.erases".', { didYouMean: [] }),
    ],
    [
      'an unknown service',
      call('mcp.execute', { service: 'constructor', operation: 'prototype' }),
      200,
      failure(-32014, 'unknown', 'There is no operation "constructor.prototype".', { didYouMean: [] }),
    ],
    [
      'a permission that is missing',
      execute('erase'),
      403,
      failure(
        -32011,
        'forbidden',
        'local may not use probe.erase: the permission admin is missing. Ask an admin for a key that has it.',
        { permission: 'admin' },
      ),
    ],
    [
      'not configured',
      execute('fail', { kind: 'not-configured' }),
      200,
      failure(-32015, 'not-configured', 'It is not-configured.', failures['not-configured']),
    ],
    [
      'unavailable',
      execute('fail', { kind: 'unavailable' }),
      200,
      failure(-32016, 'unavailable', 'It is unavailable.', failures.unavailable),
    ],
    [
      'deadline',
      execute('fail', { kind: 'deadline' }),
      200,
      failure(-32017, 'deadline', 'It is deadline.', failures.deadline),
    ],
    ['failed', execute('fail', { kind: 'failed' }), 200, failure(-32018, 'failed', 'It is failed.')],
    [
      'not approved',
      execute('fail', { kind: 'not-approved' }),
      200,
      failure(-32019, 'not-approved', 'It is not-approved.', failures['not-approved']),
    ],
    [
      'limited',
      execute('fail', { kind: 'limited' }),
      429,
      failure(-32012, 'limited', 'It is limited.', failures.limited),
    ],
    ['too large', execute('fail', { kind: 'too-large' }), 413, failure(-32013, 'too-large', 'It is too-large.')],
    ['an unknown method', call('tools/run'), 200, failure(-32601, 'unknown', 'There is no method "tools/run"')],
    ['ping', call('ping'), 200, result({})],
    ['ping with params', call('ping', { _meta: {} }), 200, result({})],
    [
      'tools/call',
      call('tools/call', { name: 'probe_sum', arguments: { params: [1, 2] }, _meta: { progressToken: 1 } }),
      200,
      result({ content: [{ type: 'text', text: '{"number":3}' }], structuredContent: { number: 3 }, isError: false }),
    ],
    [
      'tools/call without arguments',
      call('tools/call', { name: 'probe-no_thing' }),
      200,
      result({ content: [{ type: 'text', text: '{}' }], structuredContent: {}, isError: false }),
    ],
    [
      'tools/call with bad input is a result that a model can read',
      call('tools/call', { name: 'probe_sum', arguments: {} }),
      200,
      result({
        content: [
          {
            type: 'text',
            text: 'invalid: params: expected an array, got nothing\n{"issues":[{"path":"params","expected":"an array","got":"nothing"}]}',
          },
        ],
        isError: true,
      }),
    ],
    [
      'a failing tool is a result too',
      call('tools/call', { name: 'probe_fail', arguments: { kind: 'failed' } }),
      200,
      result({ content: [{ type: 'text', text: 'failed: It is failed.' }], isError: true }),
    ],
    [
      'tools/call of an unknown tool',
      call('tools/call', { name: 'probe_smu' }),
      200,
      failure(-32602, 'unknown', 'There is no tool "probe_smu". Did you mean probe_sum?', {
        didYouMean: ['probe_sum'],
      }),
    ],
    [
      'tools/call without a name',
      call('tools/call', {}),
      200,
      failure(-32602, 'invalid', 'name: expected a string, got nothing', {
        issues: [{ path: 'name', expected: 'a string', got: 'nothing' }],
      }),
    ],
    [
      'tools/call of a tool that is not for the caller',
      call('tools/call', { name: 'probe_erase' }),
      403,
      failure(
        -32011,
        'forbidden',
        'local may not use probe.erase: the permission admin is missing. Ask an admin for a key that has it.',
        { permission: 'admin' },
      ),
    ],
    [
      'tools/call that is limited',
      call('tools/call', { name: 'probe_fail', arguments: { kind: 'limited' } }),
      429,
      failure(-32012, 'limited', 'It is limited.', failures.limited),
    ],
    [
      'mcp.getService of an unknown one',
      call('mcp.getService', { name: 'prob' }),
      200,
      failure(-32014, 'unknown', 'There is no service "prob". Did you mean probe?', { didYouMean: ['probe'] }),
    ],
    [
      'mcp.getService without a name',
      call('mcp.getService'),
      200,
      failure(-32602, 'invalid', 'name: expected a string, got nothing', {
        issues: [{ path: 'name', expected: 'a string', got: 'nothing' }],
      }),
    ],
  ])('%s', async (_name, sent, status, body) => {
    const answer = await askJson(sent);
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body });
  });

  it.each<[name: string, sent: unknown, reason: string]>([
    ['a bug of the service', execute('fail', { kind: 'bug' }), 'Error: /srv/secret/path: password=***'],
    ['a result that is no JSON', execute('not-json'), 'TypeError: Do not know how to serialize a BigInt'],
  ])('%s is told to the log alone', async (_name, sent, reason) => {
    const logged = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const answer = await askJson(sent);
    const lines = logged.mock.calls.map(([line]) => String(line));
    logged.mockRestore();
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 200,
      body: failure(-32603, 'internal', internal),
    });
    expect(lines.filter((line) => line.includes(reason) && line.includes('"requestId":"case-1"'))).toHaveLength(4);
  });

  it('list what the caller may use, and nothing else', async () => {
    const listed = ['count-up', 'sum', 'fail', 'not-json', 'no-thing', 'wait'];
    const tools = listed.map((name) => `probe_${name.replace('-', '_')}`);
    const names = async (method: string, pick: (value: any) => unknown, headers?: Sent['headers']) =>
      pick(
        (
          (await askJson(call(method, method === 'mcp.getService' ? { name: 'probe' } : undefined), headers)).body as {
            result: unknown;
          }
        ).result,
      );
    const admin = { 'x-mcp-key': ADMIN_KEY };

    const ofTools = ({ tools }: { tools: { name: string }[] }) => tools.map(({ name }) => name);
    const ofCatalog = ({ services }: any) =>
      services.flatMap((service: any) => service.operations.map(({ name }: any) => name));
    const ofService = ({ operations }: any) => operations.map(({ name }: any) => name);
    const ofDocument = (document: any) => document['x-operations'].map(({ operation }: any) => operation);
    expect(await names('tools/list', ofTools)).toEqual(tools);
    expect(await names('tools/list', ofTools, admin)).toEqual([...tools, 'probe_erase']);
    expect(await names('mcp.listServices', ofCatalog)).toEqual(listed);
    expect(await names('mcp.listServices', ofCatalog, admin)).toEqual([...listed, 'erase']);
    expect(await names('mcp.getService', ofService)).toEqual(listed);
    expect(await names('mcp.getService', ofService, admin)).toEqual([...listed, 'erase']);
    expect(await names('rpc.discover', ofDocument)).toEqual(listed);
    expect(await names('rpc.discover', ofDocument, admin)).toEqual([...listed, 'erase']);
  });

  it('show tools in the shape of MCP', async () => {
    const { body } = await askJson(call('tools/list', { cursor: 'x' }));
    expect((body as any).result.tools[1]).toEqual({
      name: 'probe_sum',
      description: 'Adds its params.',
      inputSchema: {
        type: 'object',
        properties: { params: { type: 'array', items: { type: 'number' } } },
        required: ['params'],
        additionalProperties: false,
      },
      outputSchema: { type: 'object', properties: { number: { type: 'number' } }, required: ['number'] },
      annotations: {},
    });
  });

  it('are all in the OpenRPC document', async () => {
    const { body } = await askJson(call('rpc.discover'));
    expect((body as any).result).toMatchObject({ openrpc: '1.3.2', info: { title: 'MCP Gateway' } });
    expect((body as any).result.methods.map(({ name }: { name: string }) => name)).toEqual([
      'mcp.execute',
      'mcp.listServices',
      'mcp.getService',
      'tools/list',
      'tools/call',
      'mcp/stats',
      'ping',
      'rpc.discover',
    ]);
  });

  it('answer the same as the catalog and the statistics over REST', async () => {
    for (const gateway of [hot, plain]) {
      expect((await gateway.rpc('mcp.listServices')).result).toEqual((await gateway.get('/mcp/catalog')).body);
      expect((await gateway.rpc('mcp.getService', { name: 'probe' })).result).toEqual(
        (await gateway.get('/mcp/service/probe')).body,
      );
      const { result: counted } = await gateway.rpc('mcp/stats');
      const stats = (await gateway.get('/api/stats')).body as Record<string, unknown>;
      expect(counted).toEqual({
        ...stats,
        uptimeMs: expect.any(Number),
        requests: { ...(stats.requests as object), perSecond: expect.any(Number) },
      });
      expect(stats.tools).toEqual({ total: 7, byService: { probe: 7 } });
    }
  });

  it('ask for monitor before they tell statistics', async () => {
    const { body } = await hot.post(
      '/admin/api-keys',
      { name: 'reader', permissions: ['read'] },
      { 'x-mcp-key': ADMIN_KEY },
    );
    const reader = { 'x-mcp-key': (body as { key: string }).key };
    const { status, body: refused } = await hot.post('/mcp/rpc', call('mcp/stats'), {
      ...reader,
      'x-request-id': 'case-1',
    });
    expect({ status, body: refused }).toEqual({
      status: 403,
      body: failure(
        -32011,
        'forbidden',
        'reader may not use the statistics: the permission monitor is missing. Ask an admin for a key that has it.',
        { permission: 'monitor' },
      ),
    });
  });
});

describe('HTTP', () => {
  const json = { 'content-type': 'application/json' };
  const notJson = 'The body must be JSON: send Content-Type: application/json';

  it.each<[name: string, request: Omit<Sent, 'path'>, status: number, body: unknown, headers?: object]>([
    [
      'a request',
      { headers: json, body: JSON.stringify(call('ping')) },
      200,
      result({}),
      { 'content-type': 'application/json; charset=utf-8' },
    ],
    [
      'a notification',
      { headers: json, body: '{"jsonrpc":"2.0","method":"ping"}' },
      204,
      undefined,
      { 'content-type': undefined },
    ],
    ['a batch of notifications', { headers: json, body: '[{"jsonrpc":"2.0","method":"ping"}]' }, 204, undefined],
    [
      'the invalid JSON of the specification',
      { headers: json, body: '{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]' },
      400,
      failure(-32700, 'invalid', expect.stringMatching(/^Not JSON: /), {}, null),
    ],
    [
      'the invalid batch of the specification',
      {
        headers: json,
        body: '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},{"jsonrpc": "2.0", "method"]',
      },
      400,
      failure(-32700, 'invalid', expect.stringMatching(/^Not JSON: /), {}, null),
    ],
    [
      'an empty body',
      { headers: json, body: '' },
      400,
      failure(-32700, 'invalid', 'Not JSON: Unexpected end of JSON input', {}, null),
    ],
    ['no body and no type', {}, 415, failure(-32600, 'invalid', notJson, {}, null)],
    ['an empty batch', { headers: json, body: '[]' }, 400, failure(-32600, 'invalid', 'The batch is empty', {}, null)],
    [
      'a batch of nonsense',
      { headers: json, body: '[1]' },
      200,
      [failure(-32600, 'invalid', 'A request must be an object', {}, null)],
    ],
    [
      'an invalid request',
      { headers: json, body: '{"jsonrpc":"2.0","method":1,"params":"bar"}' },
      400,
      failure(-32600, 'invalid', 'method must be a string', {}, null),
    ],
    [
      '51 requests',
      { headers: json, body: JSON.stringify(Array.from({ length: 51 }, () => call('ping'))) },
      413,
      failure(-32013, 'too-large', 'The request is refused: a batch holds at most 50 requests', {}, null),
    ],
    [
      'a body that is too large',
      { headers: json, body: ' '.repeat(200_001) },
      413,
      failure(-32013, 'too-large', 'The request is refused: it has more than 200000 bytes', {}, null),
    ],
    [
      'another type',
      { headers: { 'content-type': 'text/plain' }, body: JSON.stringify(call('ping')) },
      415,
      failure(-32600, 'invalid', notJson, {}, null),
    ],
    [
      'a bad key',
      { headers: { ...json, 'x-mcp-key': 'nonsense' }, body: JSON.stringify(call('ping')) },
      401,
      failure(-32010, 'unauthenticated', expect.stringMatching(/^The credential is not valid\./), {}, null),
      { 'www-authenticate': 'Bearer realm="mcp-gateway"' },
    ],
    [
      'a bad key and no JSON',
      { headers: { ...json, 'x-mcp-key': 'nonsense' }, body: 'x' },
      401,
      failure(-32010, 'unauthenticated', expect.any(String), {}, null),
    ],
    [
      'a bad key and no body',
      { headers: { 'x-mcp-key': 'nonsense' } },
      401,
      failure(-32010, 'unauthenticated', expect.any(String), {}, null),
    ],
    [
      'a foreign Host',
      { headers: { ...json, host: 'evil.example' }, body: '{}' },
      421,
      failure(-32600, 'invalid', 'This Host is not served here; an operator can add it to ALLOWED_HOSTS', {}, null),
    ],
    [
      'a foreign Origin',
      { headers: { ...json, origin: 'https://evil.example' }, body: '{}' },
      403,
      failure(-32011, 'forbidden', 'This Origin may not call; an operator can add it to ALLOWED_ORIGINS', {}, null),
      { 'access-control-allow-origin': undefined, vary: 'Origin' },
    ],
    [
      'a missing permission',
      { headers: json, body: JSON.stringify(execute('erase')) },
      403,
      expect.objectContaining({ id: 1 }),
    ],
    [
      'a missing permission in a batch',
      { headers: json, body: JSON.stringify([execute('erase')]) },
      200,
      [expect.objectContaining({ id: 1 })],
    ],
    [
      'a limit',
      { headers: json, body: JSON.stringify(execute('fail', { kind: 'limited' })) },
      429,
      expect.objectContaining({ id: 1 }),
      { 'retry-after': '2' },
    ],
    [
      'a limit in a batch',
      { headers: json, body: JSON.stringify([execute('fail', { kind: 'limited' })]) },
      200,
      [expect.objectContaining({ id: 1 })],
    ],
  ])('%s', async (_name, request, status, body, headers = {}) => {
    const answer = await ask(request);
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body });
    const expected = { 'x-request-id': 'case-1', vary: 'Origin', ...headers };
    const shown = Object.keys(expected).map((name) => [name, answer.headers[name]]);
    expect(Object.fromEntries(shown)).toEqual(expected);
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s is no method of these addresses', async (method) => {
    const answers = await Promise.all(
      [hot, plain].flatMap((gateway) => paths.map((path) => gateway.send({ method, path }))),
    );
    expect(answers.map(({ status, body }) => [status, (body as any).error.kind])).toEqual(
      Array.from({ length: 4 }, () => [404, 'unknown']),
    );
  });

  it.each([
    ['on', () => hot],
    ['off', () => plain],
  ] as const)(
    'a whole batch of short calls, refused ones too, runs before its lines are written, and is answered after (HOT_PATH=%s)',
    async (_mode, gateway) => {
      let write: () => void = () => undefined;
      const written = new Promise<void>((resolve) => (write = resolve));
      const append = vi.spyOn(AuditTrail.prototype, 'append').mockReturnValue(written);
      let isAnswered = false;
      const answer = gateway()
        .post(
          '/mcp/rpc',
          Array.from({ length: 50 }, (_, i) => execute(i % 2 === 0 ? 'count-up' : 'erase')),
        )
        .finally(() => (isAnswered = true));
      await expect.poll(() => append.mock.calls.length).toBe(50);
      expect(isAnswered).toBe(false);
      append.mockRestore();
      write();
      expect(((await answer).body as unknown[]).length).toBe(50);
    },
  );

  it('a batch answers in the order of its entries, each with its own outcome', async () => {
    const { status, body } = await askJson([
      { ...execute('sum', { params: [1] }), id: 'a' },
      { jsonrpc: '2.0', method: 'mcp.execute', params: { service: 'probe', operation: 'count-up' } },
      { ...execute('erase'), id: 'b' },
      7,
      { ...call('ping'), id: null },
    ]);
    expect({ status, body }).toEqual({
      status: 200,
      body: [
        result(envelope({ number: 1 }), 'a'),
        expect.objectContaining({ id: 'b', error: expect.objectContaining({ code: -32011 }) }),
        failure(-32600, 'invalid', 'A request must be an object', {}, null),
        result({}, null),
      ],
    });
  });
});

describe('notifications', () => {
  it.each<[method: string, params: object]>([
    ['mcp.execute', { service: 'probe', operation: 'count-up' }],
    ['tools/call', { name: 'probe_count_up' }],
  ])('of %s never run a tool', async (method, params) => {
    const notification = { jsonrpc: '2.0', method, params };
    expect((await askJson(notification)).status).toBe(204);
    expect((await askJson([notification, notification])).status).toBe(204);
    expect(ProbeService.calls).toBe(0);
    await hot.post('/mcp/rpc', { ...notification, id: 1 });
    await plain.post('/mcp/rpc', { ...notification, id: 1 });
    expect(ProbeService.calls).toBe(2);
  });
});

describe('X-Request-Id', () => {
  const made = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

  it.each(['a', 'A-0', 'x'.repeat(64)])('%s is taken and returned', async (id) => {
    for (const gateway of [hot, plain]) {
      const { headers, body } = await gateway.post('/mcp/rpc', execute('sum', { params: [] }), { 'x-request-id': id });
      expect([headers['x-request-id'], (body as any).result.metadata.requestId]).toEqual([id, id]);
      expect((await gateway.get('/api/tools', { 'x-request-id': id })).headers['x-request-id']).toBe(id);
    }
  });

  it.each<string | string[]>(['', 'x'.repeat(65), 'a b', 'a_b', 'a"', '../x', 'ä', ['a', 'b']])(
    '%j is replaced by one that is made',
    async (id) => {
      for (const gateway of [hot, plain]) {
        const { headers, body } = await gateway.post('/mcp/rpc', execute('sum', { params: [] }), {
          'x-request-id': id,
        });
        expect(headers['x-request-id']).toMatch(made);
        expect((body as any).result.metadata.requestId).toBe(headers['x-request-id']);
      }
    },
  );

  it.each<[name: string, request: Sent]>([
    ['an answer', { path: '/health' }],
    ['a 404', { path: '/nowhere' }],
    ['a 421', { path: '/api/tools', headers: { host: 'evil.example' } }],
    ['a 401', { path: '/api/tools', headers: { 'x-mcp-key': 'nonsense' } }],
    ['a 403', { path: '/admin/api-keys' }],
    ['a 415', { method: 'POST', path: '/mcp/rpc', body: 'x' }],
    [
      'a 204',
      {
        method: 'POST',
        path: '/mcp/rpc',
        headers: { 'content-type': 'application/json' },
        body: '{"jsonrpc":"2.0","method":"ping"}',
      },
    ],
    [
      'a preflight',
      { method: 'OPTIONS', path: '/mcp/rpc', headers: { origin: 'http://127.0.0.1', host: '127.0.0.1' } },
    ],
    ['a redirect', { path: '/' }],
    ['the documentation page', { path: '/docs' }],
    ['a file of the documentation page', { path: '/docs/swagger-ui.css' }],
  ])('stands on %s', async (_name, request) => {
    expect((await hot.send(request)).headers['x-request-id']).toMatch(made);
    expect((await plain.send(request)).headers['x-request-id']).toMatch(made);
  });

  it('stands in every error as well', async () => {
    const { headers, body } = await hot.get('/nowhere');
    expect((body as any).error.requestId).toBe(headers['x-request-id']);
  });
});

describe('clients that leave', () => {
  const head = (length: number) =>
    `POST /mcp/rpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

  /** Sends a batch of calls that wait, until so many of them run. */
  async function leaveDuring(gateway: TestGateway, calls: number, running: number) {
    const body = JSON.stringify(Array.from({ length: calls }, () => execute('wait')));
    const { socket, send } = connectTo(gateway.url);
    send(head(body.length) + body);
    await expect.poll(() => ProbeService.waiting.length).toBe(running);
    const left = Promise.all(ProbeService.waiting.map(({ context }) => once(context.signal, 'abort')));
    socket.destroy();
    await left;
  }

  it.each([
    ['on', () => hot],
    ['off', () => plain],
  ] as const)(
    'have their running calls aborted and the rest of their batch dropped (HOT_PATH=%s)',
    async (_mode, gateway) => {
      await leaveDuring(gateway(), 20, 8);
      expect(ProbeService.waiting.map(({ context }) => (context.signal.reason as Error).message)).toEqual(
        Array.from({ length: 8 }, () => 'The client left before the answer'),
      );
      expect((await gateway().rpc('ping')).result).toEqual({});
      expect(ProbeService.waiting).toHaveLength(8);
    },
  );

  it('leave no listeners behind: a full batch of slow calls makes node warn of nothing', async () => {
    const warnings: string[] = [];
    const note = (warning: Error) => warnings.push(warning.message);
    process.on('warning', note);
    for (const gateway of [hot, plain]) {
      ProbeService.waiting = [];
      const answer = gateway.post(
        '/mcp/rpc',
        Array.from({ length: 50 }, () => execute('wait')),
      );
      for (let ended = 0; ended < 50; ended += 1) {
        await expect.poll(() => ProbeService.waiting.length, { interval: 1 }).toBeGreaterThan(ended);
        ProbeService.waiting[ended]?.end();
      }
      expect(((await answer).body as unknown[]).length).toBe(50);
    }
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });
});
