// kill -9 of a gateway in the middle of POST /config, --rounds=100: it starts each time with the old values or the new
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase } from '../database.js';
import { GatewayProcesses, type GatewayProcess } from '../gateway-process.js';
import type { FaultRun } from './load/account.js';

const ADMIN_KEY = 'admin-key-of-the-killed-gateway';
const headers = { 'x-mcp-key': ADMIN_KEY };
/** Kills are spread over this many times what the first change took. */
const SPREAD = 1.3;
/** Only to tell a start that hangs: how fast it is depends on what else the machine does. */
const STARTS_WITHIN_MS = 60_000;

interface State {
  timeout: number;
  maxBodyBytes: number;
  version: number;
}

/**
 * `kill -9` of a gateway in the middle of `POST /config`, 100 times: it starts again each time, with the values before
 * the change or those after it, and with those after it where the change was answered. The store is the server of
 * TEST_DATABASE_URL, or else the embedded one.
 */
export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  const rounds = Number(options.rounds ?? 100);
  const processes = new GatewayProcesses();
  const database = process.env.TEST_DATABASE_URL ? await createDatabase() : undefined;
  const at = processes.directory();
  const env = { DATA_DIR: `${at}/data`, MCP_ADMIN_KEY: ADMIN_KEY, ...(database && { DATABASE_URL: database.url }) };
  const seen = { before: 0, after: 0, answered: 0 };
  const failures: string[] = [];
  let slowestStartMs = 0;
  try {
    let gateway = processes.start({ at, env });
    await gateway.ready();
    const sentAt = performance.now();
    await gateway.post('/config', { 'server.timeout': 1_000, 'server.maxBodyBytes': 100_000 }, headers);
    const spreadMs = SPREAD * (performance.now() - sentAt);
    let before = await stateOf(gateway);
    for (let round = 1; round <= rounds; round += 1) {
      const wanted = { timeout: 1_000 + round, maxBodyBytes: 100_000 + round };
      const answered = await changeAndKill(gateway, wanted, (spreadMs * round) / rounds);
      const startedAt = performance.now();
      gateway = processes.start({ at, env });
      await Promise.race([gateway.ready(), tooSlow()]);
      slowestStartMs = Math.max(slowestStartMs, performance.now() - startedAt);
      const now = await stateOf(gateway);
      const after = { ...wanted, version: before.version + 1 };
      if (isSame(now, after)) seen.after += 1;
      else if (isSame(now, before) && !answered) seen.before += 1;
      else failures.push(`round ${round}: ${show(before)} → ${show(after)}, answered ${answered}, found ${show(now)}`);
      if (answered) seen.answered += 1;
      before = now;
    }
  } catch (error) {
    failures.push(String(error));
  } finally {
    await processes.close();
    await database?.drop();
  }
  log(
    `config-write: ${rounds} kills; started with the old values ${seen.before} times, with the new ones ${seen.after}`,
  );
  log(`config-write: ${seen.answered} changes were answered before; slowest start ${Math.round(slowestStartMs)} ms`);
  for (const failure of failures) log(`config-write: ${failure}`);
  return failures.length === 0 && seen.before + seen.after === rounds;
}

/** Resolves when the gateway is gone, with whether it had answered the change. */
async function changeAndKill(gateway: GatewayProcess, wanted: Omit<State, 'version'>, afterMs: number) {
  const body = { 'server.timeout': wanted.timeout, 'server.maxBodyBytes': wanted.maxBodyBytes };
  const change = gateway.post('/config', body, headers).then(
    ({ status }) => status === 200,
    () => false,
  );
  await sleep(afterMs);
  gateway.kill('SIGKILL');
  await gateway.ended;
  return change;
}

async function stateOf(gateway: GatewayProcess): Promise<State> {
  const { values, version } = (await gateway.get('/config', headers)).body as {
    values: Record<string, { value: number }>;
    version: number;
  };
  const valueOf = (key: string) => values[key]?.value ?? Number.NaN;
  return { timeout: valueOf('server.timeout'), maxBodyBytes: valueOf('server.maxBodyBytes'), version };
}

function isSame(one: State, other: State): boolean {
  return show(one) === show(other);
}

function show({ timeout, maxBodyBytes, version }: State): string {
  return `${timeout}/${maxBodyBytes} version ${version}`;
}

async function tooSlow(): Promise<never> {
  await sleep(STARTS_WITHIN_MS, undefined, { ref: false });
  throw new Error(`it did not start within ${STARTS_WITHIN_MS} ms`);
}
