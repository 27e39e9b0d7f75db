import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BenchModule, seen } from './fixtures/bench.service.js';
import { startGateway, type TestGateway } from './gateway.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ services: [BenchModule] });
});
afterAll(() => gateway.close());
beforeEach(() => {
  seen.aborted.length = 0;
});

type Headers = Record<string, string>;
interface Event {
  id?: string;
  message?: { id?: unknown; method?: string; params?: Record<string, unknown>; result?: Record<string, unknown> };
}

const accept = 'application/json, text/event-stream';
const request = (method: string, params: object = {}, id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params });
const call = (tool: string, input: object, id: unknown = 1, meta: object = {}) =>
  request('tools/call', { name: `bench_${tool}`, arguments: input, _meta: meta }, id);

async function openSession(revision = '2025-11-25'): Promise<Headers> {
  const hello = { protocolVersion: revision, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const { headers } = await gateway.post('/mcp', request('initialize', hello), { accept });
  return { accept, 'mcp-session-id': String(headers['mcp-session-id']), 'mcp-protocol-version': revision };
}

/** An answer whose events can be read one after another. */
class EventReader {
  private text = '';

  constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
  }

  static open(method: string, headers: Headers, body?: unknown): Promise<EventReader> {
    return new Promise((resolve, reject) => {
      const sent = httpRequest(new URL('/mcp', gateway.url), {
        method,
        headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
        agent: false,
      });
      sent.once('response', (response) => resolve(new EventReader(response)));
      sent.once('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** The next event, or undefined at the end. Comments are passed over. */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end === -1) {
        const chunk = await this.more();
        if (chunk === undefined) return undefined;
        this.text += chunk;
        continue;
      }
      const lines = this.text.slice(0, end).split('\n');
      this.text = this.text.slice(end + 2);
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const [id, data] = [field('id'), field('data')];
      if (id === undefined && data === undefined) continue;
      return {
        ...(id !== undefined && { id }),
        ...(data && { message: JSON.parse(data) as Event['message'] & object }),
      };
    }
  }

  async rest(): Promise<Event[]> {
    const events: Event[] = [];
    for (let event = await this.next(); event; event = await this.next()) events.push(event);
    return events;
  }

  private more(): Promise<string | undefined> {
    const ready = this.response.read() as string | null;
    if (ready !== null) return Promise.resolve(ready);
    if (this.response.readableEnded || this.response.destroyed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const done = () => {
        this.response.off('readable', done).off('end', done).off('close', done);
        resolve((this.response.read() as string | null) ?? (this.response.readableEnded ? undefined : ''));
      };
      this.response.once('readable', done).once('end', done).once('close', done);
    });
  }
}

const step = (n: number, token: unknown) => ({
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progressToken: token, progress: n, total: 2, message: `step ${n}` },
});
const counted = (id: unknown) => ({ jsonrpc: '2.0', id, result: { structuredContent: { counted: 2 } } });

describe('a call in a session', () => {
  it('is answered as JSON when nothing is told before', async () => {
    const answer = await gateway.post('/mcp', call('count', { to: 2 }), await openSession());
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.body).toMatchObject(counted(1));
  });

  it('tells its progress on a stream when the client gave a token', async () => {
    const events = await EventReader.open(
      'POST',
      await openSession(),
      call('count', { to: 2 }, 7, { progressToken: 't' }),
    );
    const [opening, ...told] = await events.rest();
    expect(opening).toEqual({ id: expect.any(String) as string });
    expect(told.map(({ message }) => message)).toMatchObject([step(1, 't'), step(2, 't'), counted(7)]);
  });

  it('tells the lines that it writes, from the level on that the client set', async () => {
    const session = await openSession();
    await gateway.post('/mcp', request('logging/setLevel', { level: 'info' }), session);
    const events = await EventReader.open('POST', session, call('count', { to: 2 }));
    expect((await events.rest()).map(({ message }) => message?.method ?? message?.id)).toEqual([
      undefined,
      'notifications/message',
      1,
    ]);
    await gateway.post('/mcp', request('logging/setLevel', { level: 'error' }), session);
    expect((await gateway.post('/mcp', call('count', { to: 2 }), session)).body).toMatchObject(counted(1));
  });

  it('becomes a stream when it takes long, and is answered there', async () => {
    const events = await EventReader.open('POST', await openSession(), call('count', { to: 2, everyMs: 700 }));
    expect(events.response.headers['content-type']).toBe('text/event-stream');
    expect((await events.rest()).at(-1)?.message).toMatchObject(counted(1));
  });

  it('is ended by notifications/cancelled', async () => {
    const session = await openSession();
    const running = new Promise<void>((resolve) => (seen.whenRunning = resolve));
    const answer = gateway.post('/mcp', call('wait', {}, 'slow'), session);
    await running;
    await gateway.post(
      '/mcp',
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'slow' } },
      session,
    );
    await answer;
    expect(seen.aborted).toHaveLength(1);
  });

  it('with the id of another session’s call is not ended by that one’s word', async () => {
    const [one, other] = await Promise.all([openSession(), openSession()]);
    const answer = gateway.post('/mcp', call('count', { to: 2, everyMs: 100 }, 'same'), one);
    await gateway.post(
      '/mcp',
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'same' } },
      other,
    );
    expect((await answer).body).toMatchObject(counted('same'));
  });

  it('ends when its client leaves before there is a stream to come back to', async () => {
    const running = new Promise<void>((resolve) => (seen.whenRunning = resolve));
    const session = await openSession();
    const sent = httpRequest(new URL('/mcp', gateway.url), {
      method: 'POST',
      headers: { ...session, 'content-type': 'application/json' },
    });
    sent.once('error', () => undefined);
    sent.end(JSON.stringify(call('wait', {})));
    await running;
    sent.destroy();
    await expect.poll(() => seen.aborted.length).toBe(1);
  });

  it('goes on when the client loses a stream, which is resumed where it broke', async () => {
    const session = await openSession();
    const broken = await EventReader.open(
      'POST',
      session,
      call('count', { to: 2, everyMs: 300 }, 7, { progressToken: 't' }),
    );
    await broken.next();
    const last = await broken.next();
    expect(last?.message).toMatchObject(step(1, 't'));
    broken.response.destroy();
    const resumed = await EventReader.open('GET', { ...session, 'last-event-id': last?.id ?? '' });
    expect((await resumed.rest()).map(({ message }) => message)).toMatchObject([step(2, 't'), counted(7)]);
  });

  it('gives everything again to a client that comes back late', async () => {
    const session = await openSession();
    const events = await (
      await EventReader.open('POST', session, call('count', { to: 2 }, 7, { progressToken: 't' }))
    ).rest();
    const late = await EventReader.open('GET', { ...session, 'last-event-id': events[0]?.id ?? '' });
    expect(await late.rest()).toEqual(events.slice(1));
  });
});

describe('a call of 2026-07-28', () => {
  const headers = { accept, 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call' };
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };

  it('tells progress and lines, where its own request asks for them', async () => {
    const asked = { ...meta, progressToken: 9, 'io.modelcontextprotocol/logLevel': 'info' };
    const events = await EventReader.open(
      'POST',
      { ...headers, 'mcp-name': 'bench_count' },
      call('count', { to: 2 }, 7, asked),
    );
    expect((await events.rest()).map(({ message }) => message)).toMatchObject([
      step(1, 9),
      step(2, 9),
      { method: 'notifications/message', params: { level: 'info', data: 'counted to 2' } },
      counted(7),
    ]);
  });

  it('ends when its client leaves', async () => {
    const running = new Promise<void>((resolve) => (seen.whenRunning = resolve));
    const stream = EventReader.open('POST', { ...headers, 'mcp-name': 'bench_wait' }, call('wait', {}, 1, meta));
    await running;
    (await stream).response.destroy();
    await expect.poll(() => seen.aborted.length).toBe(1);
  });
});

it('200 clients that all use the same ids get their own answers', { timeout: 60_000 }, async () => {
  const sessions = await Promise.all(Array.from({ length: 200 }, () => openSession()));
  const answers = await Promise.all(
    sessions.map((session, n) => gateway.post('/mcp', call('erase', { name: `n${n}` }, 0), session)),
  );
  expect(answers.map(({ body }) => body)).toMatchObject(
    sessions.map((_, n) => ({ id: 0, result: { structuredContent: { erased: `n${n}` } } })),
  );
});
