// kill -9 during 2,000 calls, --rounds=10: every answered call is in the audit, and the chain verifies
import { join } from 'node:path';
import { GatewayProcesses } from '../gateway-process.js';
import { account, ADMIN_KEY, isComplete, type FaultRun } from './load/account.js';
import { Clients } from './load/clients.js';

const CALLS = 2_000;
const CLIENTS = 32;

export default async function fault({ log, options }: FaultRun): Promise<boolean> {
  const rounds = Number(options.rounds ?? 10);
  const processes = new GatewayProcesses();
  try {
    const at = processes.directory();
    const start = () => processes.start({ at, env: { DATA_DIR: join(at, 'data'), MCP_ADMIN_KEY: ADMIN_KEY } });
    const answered: string[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const gateway = start();
      const clients = new Clients(await gateway.ready(), `round-${round}`);
      // somewhere in the middle of them, another place each time
      const killAt = Math.round(CALLS * (0.1 + 0.8 * Math.random()));
      let isKilled = false;
      await clients.run(CLIENTS, () => {
        if (!isKilled && clients.answered.length >= killAt) gateway.kill('SIGKILL');
        isKilled ||= clients.answered.length >= killAt;
        return clients.calls.length >= CALLS;
      });
      await gateway.ended;
      answered.push(...clients.answered.map(({ id }) => id));
      const lost = clients.calls.length - clients.answered.length;
      log(`round ${round}: killed at call ${killAt}, ${clients.answered.length} answered, ${lost} cut off`);
    }
    const gateway = start();
    const result = await account(gateway, await gateway.ready(), answered);
    log(`${answered.length} answered in all: ${JSON.stringify(result)}`);
    return isComplete(result);
  } finally {
    await processes.close();
  }
}
