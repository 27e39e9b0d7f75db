import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { AnswerLostError } from '#libs/outbound';
import type { ClientSide, Params } from './connection.js';
import { UpstreamError } from './connection.js';
import { StdioConnection } from './stdio-connection.js';

const fixture = fileURLToPath(new URL('../../../../test/fixtures/upstreams/session-server.js', import.meta.url));
const quick = fileURLToPath(new URL('../../../../test/fixtures/upstreams/quick-server.sh', import.meta.url));
const opened: StdioConnection[] = [];
afterEach(() => Promise.all(opened.splice(0).map((connection) => connection.close())));

/** A server whose tools answer in which piece of its input the call came. */
const counting = `
  let pieces = 0;
  process.stdin.on('data', (piece) => {
    pieces += 1;
    for (const line of String(piece).trim().split('\\n')) {
      const { id, method } = JSON.parse(line);
      const agreed = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'counting', version: '1' } };
      const told = { content: [{ type: 'text', text: String(pieces) }] };
      const answer = method === 'initialize' ? { result: agreed } : method === 'tools/call' ? { result: told } : { error: { code: -32601, message: 'no' } };
      if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
    }
  });`;

const forever = () => new AbortController().signal;

async function open(args: string[] = [fixture], clientCapabilities: Params = {}): Promise<StdioConnection> {
  const command = { command: process.execPath, args, env: { PATH: process.env.PATH ?? '' }, cwd: process.cwd() };
  const connection = await StdioConnection.open({ name: 'fixture', command, clientCapabilities, signal: forever() });
  opened.push(connection);
  return connection;
}

/** A client that says yes and keeps what it is told. */
function listeningClient() {
  const told: [method: string, params: Params][] = [];
  const client: ClientSide = {
    capabilities: { elicitation: {} },
    ask: () => Promise.resolve({ action: 'accept', content: { name: 'Ada' } }),
    notify: (method, params) => told.push([method, params]),
  };
  return { client, told };
}

const call = (name: string, input: Params = {}, meta?: Params) => ({
  name,
  arguments: input,
  ...(meta && { _meta: meta }),
});
const textOf = ({ content }: Params) => (content as [{ text: string }])[0].text;

describe('a server that is a child process', () => {
  it('agrees on the newest revision and answers', async () => {
    const connection = await open();
    expect(connection).toMatchObject({ revision: '2025-11-25', serverInfo: { name: 'session-server' } });
    expect(textOf(await connection.request('tools/call', call('echo', { message: 'hi' }), { signal: forever() }))).toBe(
      'hi',
    );
  });

  it('gives 50 calls at once their own answers', async () => {
    const connection = await open();
    const messages = Array.from({ length: 50 }, (_, n) => `message ${n}`);
    const answers = messages.map((message) =>
      connection.request('tools/call', call('echo', { message }), { signal: forever() }),
    );
    expect((await Promise.all(answers)).map(textOf)).toEqual(messages);
  });

  it('is sent what goes to it at once in one piece', async () => {
    const connection = await open(['-e', counting]);
    const calls = Array.from({ length: 20 }, () =>
      connection.request('tools/call', call('any'), { signal: forever() }),
    );
    expect(new Set((await Promise.all(calls)).map(textOf)).size).toBe(1);
  });

  it('reports progress under the token that each client gave', async () => {
    const connection = await open();
    const clients = [listeningClient(), listeningClient()];
    await Promise.all(
      clients.map(({ client }) =>
        connection.request('tools/call', call('count', { to: 2 }, { progressToken: 'same' }), {
          signal: forever(),
          client,
        }),
      ),
    );
    for (const { told } of clients) {
      expect(told).toEqual([
        ['notifications/progress', { progressToken: 'same', progress: 1, total: 2 }],
        ['notifications/progress', { progressToken: 'same', progress: 2, total: 2 }],
      ]);
    }
  });

  it('may ask the client of its only call', async () => {
    const connection = await open(undefined, { elicitation: {} });
    const { client } = listeningClient();
    expect(textOf(await connection.request('tools/call', call('ask'), { signal: forever(), client }))).toBe(
      'accept Ada',
    );
  });

  it('hears of a call that is cancelled', async () => {
    const connection = await open();
    const controller = new AbortController();
    const answer = connection.request('tools/call', call('wait', { ms: 60_000 }), { signal: controller.signal });
    controller.abort(new Error('left'));
    await expect(answer).rejects.toThrow('left');
  });

  it('tells its own errors unchanged', async () => {
    const connection = await open();
    const refused = connection.request('nope', {}, { signal: forever() });
    await expect(refused).rejects.toEqual(new UpstreamError(-32601, 'Method not found', undefined));
  });

  it('tells of changed lists', async () => {
    const connection = await open();
    const changed = new Promise((resolve) => connection.onNotification(resolve));
    await connection.request('tools/call', call('grow'), { signal: forever() });
    expect(await changed).toBe('notifications/tools/list_changed');
  });

  it('gets the variables that it is given, and no other', async () => {
    const answer = await (await open()).request('tools/call', call('environment'), { signal: forever() });
    expect(Object.keys(JSON.parse(textOf(answer)) as object)).toEqual(['PATH']);
  });

  it('that crashes fails what waits, and says so', async () => {
    const connection = await open();
    const answer = connection.request('tools/call', call('crash'), { signal: forever() });
    await expect(answer).rejects.toMatchObject({ kind: 'unavailable', details: { retryable: true } });
    await expect(answer).rejects.toBeInstanceOf(AnswerLostError);
    expect(await connection.ended).toEqual({ stage: 'transport', message: 'it ended with exit code 3' });
  });

  it('that closes its output and lives on is ended, and fails what waits', async () => {
    const command = { command: '/bin/sh', args: [quick], env: {}, cwd: process.cwd() };
    const connection = await StdioConnection.open({ name: 'x', command, clientCapabilities: {}, signal: forever() });
    const answer = connection.request('tools/call', call('mute'), { signal: forever() });
    await expect(answer).rejects.toMatchObject({ kind: 'unavailable', details: { retryable: true } });
    expect(await connection.ended).toMatchObject({ stage: 'transport' });
  });

  it('leaves no process behind, though it ignores every polite word', async () => {
    const stubborn = `
      process.on('SIGTERM', () => {});
      const { spawn } = await import('node:child_process');
      const child = spawn('sleep', ['1000']);
      const lines = (await import('node:readline')).createInterface(process.stdin);
      setInterval(() => {}, 1000);
      for await (const line of lines) {
        const { id, method } = JSON.parse(line);
        const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: String(child.pid), version: '1' } };
        if (method === 'initialize') console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
      }`;
    const connection = await open(['--input-type=module', '-e', stubborn]);
    const grandchild = Number(connection.serverInfo.name);
    await connection.close();
    await expect.poll(() => isAlive(grandchild)).toBe(false);
  });

  it('that can’t be started says why', async () => {
    const command = { command: '/nowhere/server', args: [], env: {}, cwd: process.cwd() };
    const opening = StdioConnection.open({ name: 'x', command, clientCapabilities: {}, signal: forever() });
    await expect(opening).rejects.toMatchObject({ kind: 'unavailable', message: /there is no command server/ });
  });

  it('that never answers is given up when its time is over', async () => {
    const command = { command: 'sleep', args: ['1000'], env: { PATH: process.env.PATH ?? '' }, cwd: process.cwd() };
    const signal = AbortSignal.timeout(100);
    await expect(StdioConnection.open({ name: 'x', command, clientCapabilities: {}, signal })).rejects.toThrow(
      /timeout/,
    );
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
