// The clock moves an hour either way: no good key is locked out, no expired one accepted, no limit turns into a lock
import { writeFileSync } from 'node:fs';
import { ADMIN_KEY, remove, startGateway, temporaryDirectory } from './gateway.js';

const HOUR_MS = 3_600_000;

/** @param {import('./load/account.js').FaultRun} fault */
export default async function fault({ log }) {
  const directory = temporaryDirectory();
  const offsetFile = `${directory}/offset`;
  const move = (/** @type {number} */ ms) => writeFileSync(offsetFile, String(ms));
  move(0);
  const gateway = await startGateway(
    {
      DATA_DIR: `${directory}/data`,
      CLOCK_OFFSET_FILE: offsetFile,
      JWT_SECRET: 'qK7dR2vLx9Tn4WbYc8ZmPj5HsGf3AeUo6Nt1',
      MCP_MAX_REQUESTS_PER_MINUTE: '100',
      MCP_MAX_REQUESTS_PER_HOUR: '1000',
    },
    ['--import', new URL('shifted-clock.js', import.meta.url).href],
  );
  try {
    /** @param {number} hours */
    const makeKey = async (hours) => {
      const expiresAt = new Date(Date.now() + hours * HOUR_MS).toISOString();
      const { body } = await gateway.post('/admin/api-keys', { name: `${hours} h`, permissions: ['read'], expiresAt });
      return { 'x-mcp-key': body.key };
    };
    /** @type {Record<string, Record<string, string>>} */
    const credentials = {
      admin: { 'x-mcp-key': ADMIN_KEY },
      'key for half an hour': await makeKey(0.5),
      'key for two hours': await makeKey(2),
    };
    for (const [name, seconds] of Object.entries({ 'token for half an hour': 1_800, 'token for two hours': 7_200 })) {
      const { status, body } = await gateway.post('/admin/tokens', {
        subject: name,
        permissions: ['read'],
        expiresIn: seconds,
      });
      if (status === 201) credentials[name] = { authorization: `Bearer ${body.token}` };
    }
    log(`tried: ${Object.keys(credentials).join(', ')}`);

    const statuses = async () => {
      /** @type {Record<string, number>} */
      const found = {};
      for (const [name, headers] of Object.entries(credentials)) {
        found[name] = (await gateway.post('/api/services/gateway/echo', { message: 'x' }, headers)).status;
      }
      return found;
    };
    /** @type {[what: string, offset: number][]} */
    const moments = [
      ['at the right time', 0],
      ['an hour ahead', HOUR_MS],
      ['an hour back', -HOUR_MS],
      ['at the right time again', 0],
    ];
    let holds = true;
    for (const [what, offset] of moments) {
      move(offset);
      const found = await statuses();
      const wrong = Object.entries(found).filter(([name, status]) => {
        const expired = name.endsWith('half an hour') && offset > 0;
        return status !== (expired ? 401 : 200);
      });
      log(`${what}: ${wrong.length === 0 ? 'as it should be' : JSON.stringify(found)}`);
      holds &&= wrong.length === 0;
    }

    // 60 calls at each time are fewer than the 100 a minute, of which none may count twice or for ever
    move(0);
    let refused = 0;
    for (const offset of [HOUR_MS, -HOUR_MS]) {
      move(offset);
      const key = await makeKey(5);
      for (let call = 0; call < 60; call++) {
        const { status } = await gateway.post('/api/services/gateway/echo', { message: 'x' }, key);
        if (status !== 200) refused += 1;
        if (call === 30) move(0);
      }
    }
    log(`${refused} of 120 calls below the limits were refused while the clock jumped`);
    return holds && refused === 0;
  } finally {
    await gateway.stop();
    remove(directory);
  }
}
