import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { services } from '#libs/services';
import { typed } from './command-line.js';
import { BenchModule, seen } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { GatewayProcesses } from './gateway-process.js';
import { Relay } from './relay.js';

const eras = {
  'a session': { mode: 'legacy' },
  '2026-07-28': { mode: { pin: '2026-07-28' } },
} as const;

let processes: GatewayProcesses;
let gateway: TestGateway;

beforeAll(async () => {
  processes = new GatewayProcesses();
  gateway = await startGateway({ services: [...services, BenchModule] });
});
afterAll(async () => {
  await gateway.close();
  await processes.close();
});

/** A client that starts the bridge as it would start any server. */
async function connected(era: keyof typeof eras, url = gateway.url): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: eras[era] });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [processes.cli, 'stdio'],
      env: { MCP_GATEWAY_URL: url, MCP_GATEWAY_KEY: ADMIN_KEY },
      stderr: 'ignore',
    }),
  );
  return client;
}

describe.each(Object.keys(eras) as (keyof typeof eras)[])('a client over stdio, with %s', (era) => {
  it('lists and calls tools, hears their progress, and cancels them', { retry: 3 }, async () => {
    const client = await connected(era);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('postgres_query');
    const echoed = await client.callTool({ name: 'gateway_echo', arguments: { message: 'hé' } });
    expect(echoed.structuredContent).toEqual({ message: 'hé' });

    const steps: number[] = [];
    const onprogress = ({ progress }: { progress: number }) => void steps.push(progress);
    await client.callTool({ name: 'bench_count', arguments: { to: 3, everyMs: 20 } }, { onprogress });
    // the SDK drops steps that come in one chunk with the answer
    expect(steps[0]).toBe(1);

    seen.aborted.length = 0;
    const cancelled = new AbortController();
    seen.whenRunning = () => cancelled.abort();
    await expect(client.callTool({ name: 'bench_wait' }, { signal: cancelled.signal })).rejects.toThrow();
    await expect.poll(() => seen.aborted.length).toBe(1);
    seen.whenRunning = undefined;
    await client.close();
  });

  it('is told at once when the gateway goes away in the middle of a call, and goes on when it is back', async () => {
    const proxy = await Relay.to(gateway.url);
    const client = await connected(era, proxy.url);
    seen.whenRunning = () => {
      seen.whenRunning = undefined;
      void proxy.cut();
    };
    const call = client.callTool({ name: 'bench_wait', arguments: { ms: 300 } });
    // in a session the stream is gone on with; the one who stands alone is told
    const outcome = call.then(
      () => 'answered',
      (error: unknown) => String(error),
    );
    await sleep(100);
    await expect(client.callTool({ name: 'gateway_echo', arguments: { message: 'm' } })).rejects.toThrow(
      /can’t be reached/,
    );
    await proxy.mend();
    expect(await outcome).toMatch(era === 'a session' ? /answered|broke|reached/ : /broke|reached/);
    const { structuredContent } = await client.callTool({ name: 'gateway_echo', arguments: { message: 'back' } });
    expect(structuredContent).toEqual({ message: 'back' });
    await client.close();
    await proxy.cut();
  });
});

describe('a session that the gateway has lost', () => {
  it('is opened anew without the client', async () => {
    const proxy = await Relay.to(gateway.url);
    const client = await connected('a session', proxy.url);
    await proxy.cut();
    await gateway.restart({ PORT: new URL(gateway.url).port });
    await proxy.mend();
    const { structuredContent } = await client.callTool({ name: 'gateway_echo', arguments: { message: 'anew' } });
    expect(structuredContent).toEqual({ message: 'anew' });
    await client.close();
    await proxy.cut();
  });
});

describe('lines', () => {
  const init = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  };
  const answersTo = async (lines: readonly string[], url = gateway.url, env = {}) => {
    const { stdout } = await typed(url, ['stdio'], { stdin: lines.map((line) => `${line}\n`).join(''), env });
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: unknown; error?: { code: number } });
  };

  it('are all answered before the end, also of a client that does not wait', async () => {
    const call = { name: 'gateway_echo', arguments: { message: 'm' } };
    const answers = await answersTo([
      JSON.stringify(init),
      JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call }),
      'no JSON',
      JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'nope' }),
    ]);
    expect(answers).toHaveLength(4);
    expect(answers.find(({ id }) => id === 1)).toMatchObject({ result: { structuredContent: { message: 'm' } } });
    expect(answers.find(({ id }) => id === null)).toMatchObject({ error: { code: -32700 } });
    expect(answers.find(({ id }) => id === 2)).toMatchObject({ error: { code: -32601 } });
  });

  it('are answered with the reason where there is no gateway, or it refuses the key', async () => {
    const [away] = await answersTo([JSON.stringify(init)], 'http://127.0.0.1:9');
    expect(away).toMatchObject({
      id: 0,
      error: { code: -32016, message: expect.stringMatching(/can’t be reached/) as string },
    });
    const [refused] = await answersTo([JSON.stringify(init)], gateway.url, { MCP_GATEWAY_KEY: 'nonsense' });
    expect(refused).toMatchObject({
      id: 0,
      error: { code: -32010, message: expect.stringMatching(/not valid/) as string },
    });
  });
});
