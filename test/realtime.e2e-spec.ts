import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GatewayModule } from '../libs/services/src/gateway/gateway.module.js';
import { BenchModule } from './fixtures/bench.service.js';
import { ADMIN_KEY, startGateway, type TestGateway } from './gateway.js';
import { ways, type Connecting, type TestSocket } from './sockets.js';

const admin = { apiKey: ADMIN_KEY };
let gateway: TestGateway;
let open: TestSocket[] = [];

beforeAll(async () => {
  gateway = await startGateway({ services: [GatewayModule, BenchModule] });
});
afterAll(() => gateway.close());
afterEach(() => {
  for (const socket of open) socket.close();
  open = [];
});

describe.each(Object.entries(ways))('%s', (_way, connectBy) => {
  const connect = async (how?: Connecting) => {
    const socket = await connectBy(gateway.url, how);
    open.push(socket);
    return socket;
  };

  it('welcomes a caller by its address', async () => {
    const socket = await connect();
    expect(await socket.next('welcome')).toEqual({
      id: expect.any(String),
      caller: { id: 'local', kind: 'local', subject: 'local' },
      permissions: ['read', 'write', 'monitor'],
      rooms: ['metrics', 'alerts', 'upstreams', 'tool-executions'],
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
  });

  it('runs a tool', async () => {
    const socket = await connect({ auth: admin });
    const message = { toolName: 'gateway_echo', arguments: { message: 'hi' } };
    expect(await socket.ask('execute_tool', message)).toEqual({
      ok: true,
      requestId: expect.any(String),
      result: {
        content: [{ type: 'text', text: '{"message":"hi"}' }],
        structuredContent: { message: 'hi' },
        isError: false,
      },
    });
  });
});
