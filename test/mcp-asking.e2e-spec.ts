import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EventReader } from './event-reader.js';
import { BenchModule, seen } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type Answer, type TestGateway } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ services: [BenchModule], env: { DEFAULT_TIMEOUT_MS: '3000' } });
});
afterAll(() => gateway.close());
beforeEach(() => {
  seen.runs = 0;
  seen.aborted.length = 0;
  seen.whenRunning = undefined;
});

type Params = Record<string, unknown>;
const accept = 'application/json, text/event-stream';
const ELICITATION: Params = { elicitation: {} };
const yes = (n: number) => ({ action: 'accept', content: { n } });
const request = (method: string, params: Params, id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params });
const question = (message: string) => ({
  method: 'elicitation/create',
  params: { message, requestedSchema: { type: 'object', properties: {} } },
});
const answered = (...answers: unknown[]) => ({ structuredContent: { answers } });

describe('an official client is asked, and the call gets its answers', () => {
  const clientInfo = { name: 'test', version: '1' };
  const answer = ({ params }: { params: { message: string } }) => ({
    action: 'accept' as const,
    content: { to: params.message },
  });
  it.each(['2026-07-28', 'legacy'] as const)('SDK v2, %s', async (era) => {
    const mode = era === 'legacy' ? 'legacy' : { pin: era };
    const client = new Client(clientInfo, { capabilities: ELICITATION, versionNegotiation: { mode } });
    client.setRequestHandler('elicitation/create', answer as never);
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', gateway.url)));
    expect(await client.callTool({ name: 'bench_ask', arguments: { questions: ['a', 'b'] } })).toMatchObject(
      answered({ action: 'accept', content: { to: 'a' } }, { action: 'accept', content: { to: 'b' } }),
    );
    await client.close();
  });

  it('SDK v1', async () => {
    const client = new OldClient(clientInfo, { capabilities: ELICITATION });
    client.setRequestHandler(ElicitRequestSchema, answer);
    await client.connect(new OldTransport(new URL('/mcp', gateway.url)));
    expect(await client.callTool({ name: 'bench_ask', arguments: { questions: ['a'] } })).toMatchObject(
      answered({ action: 'accept', content: { to: 'a' } }),
    );
    await client.close();
  });
});

describe('in a session', () => {
  async function openSession(capabilities: Params = ELICITATION): Promise<Record<string, string>> {
    const hello = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'test', version: '1' } };
    const { headers } = await gateway.post('/mcp', request('initialize', hello), { accept });
    return { accept, 'mcp-session-id': String(headers['mcp-session-id']), 'mcp-protocol-version': '2025-11-25' };
  }
  const ask = (input: Params = { questions: ['a'] }) =>
    request('tools/call', { name: 'bench_ask', arguments: input }, 'call');
  const open = (method: string, headers: Record<string, string>, body?: unknown) =>
    EventReader.open(gateway.url, method, headers, body);

  it('the question comes on the stream of its own call, and the answer in a POST', async () => {
    const session = await openSession();
    const call = await open('POST', session, ask());
    await call.next();
    const asked = (await call.next())?.message;
    expect(asked).toMatchObject(question('a'));
    const said = await gateway.post('/mcp', { jsonrpc: '2.0', id: asked?.id, result: yes(1) }, session);
    expect(said.status).toBe(202);
    expect((await call.rest()).map(({ message }) => message)).toMatchObject([{ id: 'call', result: answered(yes(1)) }]);
  });

  it('the question comes on the standing stream where the call takes JSON alone', async () => {
    const session = await openSession();
    const standing = await open('GET', session);
    await standing.next();
    const answer = gateway.post('/mcp', ask(), { ...session, accept: 'application/json' });
    const asked = (await standing.next())?.message;
    expect(asked).toMatchObject(question('a'));
    await gateway.post('/mcp', { jsonrpc: '2.0', id: asked?.id, result: yes(1) }, session);
    expect((await answer).body).toMatchObject({ result: answered(yes(1)) });
    standing.response.destroy();
  });

  it.each<[name: string, capabilities: Params, accept: string, input: Params, text: string]>([
    ['without any stream', ELICITATION, 'application/json', {}, 'has no GET stream open'],
    ['that declared nothing', {}, accept, {}, 'must declare the capability elicitation.form'],
    ['of URLs alone', { elicitation: { url: {} } }, accept, {}, 'elicitation.form'],
    ['for a sample that it does not give', ELICITATION, accept, { method: 'sampling/createMessage' }, 'sampling'],
    ['for what nobody is asked for', ELICITATION, accept, { method: 'tools/call' }, 'cannot be asked for'],
  ])('a client %s is not asked, and told why', async (_name, capabilities, takes, input, text) => {
    const session = await openSession(capabilities);
    const { body } = await gateway.post('/mcp', ask({ questions: ['a'], ...input }), { ...session, accept: takes });
    expect(body).toMatchObject({
      result: { isError: true, content: [{ text: expect.stringContaining(text) as string }] },
    });
  });

  it('another session’s answer with the same id is nobody’s', async () => {
    const [session, other] = await Promise.all([openSession(), openSession()]);
    const call = await open('POST', session, ask());
    await call.next();
    const id = (await call.next())?.message?.id;
    await gateway.post('/mcp', { jsonrpc: '2.0', id, result: yes(13) }, other);
    await gateway.post('/mcp', { jsonrpc: '2.0', id, result: yes(1) }, session);
    expect((await call.rest()).at(-1)?.message).toMatchObject({ result: answered(yes(1)) });
  });

  it('a client’s refusal fails the call', async () => {
    const session = await openSession();
    const call = await open('POST', session, ask());
    await call.next();
    const id = (await call.next())?.message?.id;
    await gateway.post('/mcp', { jsonrpc: '2.0', id, error: { code: -1, message: 'no screen' } }, session);
    expect((await call.rest()).at(-1)?.message).toMatchObject({
      result: { isError: true, content: [{ text: 'failed: The client refused what it was asked: no screen' }] },
    });
  });
});

describe('in 2026-07-28', () => {
  const admin = { 'x-mcp-key': ADMIN_KEY };
  function ask(more: Params = {}, { capabilities = ELICITATION, headers = {} } = {}): Promise<Answer> {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    };
    const params = { name: 'bench_ask', arguments: { questions: ['a', 'b'], atOnce: false }, ...more, _meta };
    const own = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'bench_ask' };
    return gateway.post('/mcp', request('tools/call', params), { accept, ...own, ...headers });
  }
  const abortedCalls = (question: string) => seen.aborted.filter((asked) => asked === question).length;
  const resultOf = ({ body }: Answer) => (body as { result: { requestState: string; inputRequests: Params } }).result;
  const stateOf = (answer: Answer) => resultOf(answer).requestState;

  it('a call goes on from round to round, and runs once', async () => {
    const first = await ask();
    expect(resultOf(first)).toEqual({
      resultType: 'input_required',
      inputRequests: { 'input-1': question('a') },
      requestState: expect.any(String) as string,
    });
    const second = await ask({ requestState: stateOf(first), inputResponses: { 'input-1': yes(1) } });
    expect(resultOf(second).inputRequests).toEqual({ 'input-2': question('b') });
    const last = await ask({ requestState: stateOf(second), inputResponses: { 'input-2': yes(2) } });
    expect(resultOf(last)).toMatchObject({ resultType: 'complete', ...answered(yes(1), yes(2)) });
    expect(seen.runs).toBe(1);
  });

  it('what is asked at once comes in one round, and what is not answered is asked again', async () => {
    const input = { arguments: { questions: ['a', 'b'], atOnce: true } };
    const first = await ask(input);
    expect(resultOf(first).inputRequests).toEqual({ 'input-1': question('a'), 'input-2': question('b') });
    const second = await ask({ ...input, requestState: stateOf(first), inputResponses: { 'input-2': yes(2) } });
    expect(resultOf(second).inputRequests).toEqual({ 'input-1': question('a') });
    const last = await ask({ ...input, requestState: stateOf(second), inputResponses: { 'input-1': yes(1) } });
    expect(resultOf(last)).toMatchObject(answered(yes(1), yes(2)));
  });

  it('arguments may come back in another order', async () => {
    const state = stateOf(await ask({ arguments: { questions: ['a'], atOnce: false } }));
    const again = { arguments: { atOnce: false, questions: ['a'] }, requestState: state };
    expect(resultOf(await ask({ ...again, inputResponses: { 'input-1': yes(1) } }))).toMatchObject(answered(yes(1)));
  });

  const changed = (state: string) => (state.startsWith('A') ? 'B' : 'A') + state.slice(1);
  it.each<[name: string, retry: (state: string) => Promise<Answer>]>([
    ['that was changed', (state) => ask({ requestState: changed(state) })],
    ['that is cut', (state) => ask({ requestState: state.slice(0, -4) })],
    ['that is empty', () => ask({ requestState: '' })],
    ['that is no text', () => ask({ requestState: 7 })],
    ['that is very long', () => ask({ requestState: 'A'.repeat(5_000) })],
    ['of another caller', (state) => ask({ requestState: state }, { headers: admin })],
    ['of other arguments', (state) => ask({ requestState: state, arguments: { questions: ['x'] } })],
  ])('a state %s is refused', async (_name, retry) => {
    const state = stateOf(await ask());
    const refused = await retry(state);
    expect([refused.status, refused.body]).toMatchObject([200, { error: { code: -32602 } }]);
    expect((refused.body as { error: { message: string } }).error.message).toMatch(/^requestState: it was not given/);
    // it is still good for the one whose it is
    expect(resultOf(await ask({ requestState: state, inputResponses: { 'input-1': yes(1) } }))).toMatchObject({
      inputRequests: { 'input-2': question('b') },
    });
  });

  it('a state is good once', async () => {
    const state = stateOf(await ask());
    const retry = () => ask({ requestState: state, inputResponses: { 'input-1': yes(1) } });
    await retry();
    expect((await retry()).body).toMatchObject({
      error: { code: -32602, message: expect.stringContaining('used before or has expired') as string },
    });
  });

  it.each([7, { 'input-1': 'yes' }, ['yes']])(
    'answers that are %j are refused, and may be sent better',
    async (bad) => {
      const state = stateOf(await ask());
      expect((await ask({ requestState: state, inputResponses: bad })).body).toMatchObject({ error: { code: -32602 } });
      expect((await ask({ requestState: state, inputResponses: { 'input-1': yes(1) } })).status).toBe(200);
    },
  );

  it('a client that can’t be asked is told which capability is missing', async () => {
    const refused = await ask({}, { capabilities: {} });
    expect([refused.status, refused.body]).toMatchObject([
      400,
      { id: 1, error: { code: -32021, data: { requiredCapabilities: { elicitation: { form: {} } } } } },
    ]);
  });

  it('a client that comes back after the deadline of the call is told', async () => {
    const late = { arguments: { questions: ['late'] } };
    const requestState = stateOf(await ask(late));
    await expect.poll(() => abortedCalls('late'), { timeout: 5_000 }).toBe(1);
    expect(resultOf(await ask({ ...late, requestState, inputResponses: { 'input-1': yes(1) } }))).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining('longer than its deadline') as string }],
    });
  });

  it('a caller has at most 100 calls that wait, and the oldest gives way', async () => {
    const { body } = await gateway.post('/admin/api-keys', { name: 'asker', permissions: ['read'] }, admin);
    const { id, key } = body as { id: string; key: string };
    const headers = { 'x-mcp-key': key };
    const many = { arguments: { questions: ['many'] } };
    const oldest = stateOf(await ask({ arguments: { questions: ['oldest'] } }, { headers }));
    const states = await Promise.all(Array.from({ length: 100 }, async () => stateOf(await ask(many, { headers }))));
    expect(new Set(states).size).toBe(100);
    await expect.poll(() => abortedCalls('oldest')).toBe(1);
    const late = await ask({ arguments: { questions: ['oldest'] }, requestState: oldest }, { headers });
    expect(late.body).toMatchObject({
      error: { code: -32602, message: expect.stringContaining('used before or has expired') as string },
    });
    expect(abortedCalls('many')).toBe(0);
    await gateway.send({ method: 'DELETE', path: `/admin/api-keys/${id}`, headers: admin });
    await expect.poll(() => abortedCalls('many'), { timeout: 900 }).toBe(100);
  });
});
