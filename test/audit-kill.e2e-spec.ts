import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { useGatewayProcesses } from './process-fixture.js';

const ADMIN_KEY = 'admin-key-of-the-killed-gateway';
const ROUNDS = 3;
const CLIENTS = 16;
const CALLS_BEFORE_KILL = 300;

vi.setConfig({ testTimeout: 60_000 });

const whole = useGatewayProcesses();

it('every answered call is in the audit after kill -9, and the chain verifies', async () => {
  const at = whole.processes.directory();
  const env = { DATA_DIR: join(at, 'data'), DATABASE_URL: whole.database.url, MCP_ADMIN_KEY: ADMIN_KEY };
  const answered: string[] = [];

  for (let round = 0; round < ROUNDS; round += 1) {
    const gateway = whole.processes.start({ at, env });
    await gateway.ready();
    let calls = 0;
    const client = async (): Promise<void> => {
      for (;;) {
        const id = `kill-${round}-${(calls += 1)}`;
        const call = gateway.post('/api/services/gateway/echo', { message: id }, { 'x-request-id': id });
        const answer = await call.catch(() => undefined);
        if (!answer) return;
        expect(answer.status).toBe(200);
        answered.push(id);
        if (answered.length === CALLS_BEFORE_KILL * (round + 1)) gateway.kill('SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    await gateway.ended;
  }

  const gateway = whole.processes.start({ at, env });
  const url = await gateway.ready();
  const headers = { 'x-mcp-key': ADMIN_KEY };
  const text = await (await fetch(`${url}/admin/audit/export`, { headers })).text();
  const recorded = text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { requestId: string }).requestId);
  expect(answered.length).toBeGreaterThanOrEqual(ROUNDS * CALLS_BEFORE_KILL);
  expect(answered.filter((id) => !recorded.includes(id))).toEqual([]);
  expect(new Set(recorded).size).toBe(recorded.length);
  expect((await gateway.get('/admin/audit/verify', headers)).body).toEqual({
    valid: true,
    checked: recorded.length,
    chains: 1,
  });
});
