// A machine is lost with 1,000 keys and 100,000 rows: backup and restore into an empty directory, with their times
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { ADMIN_KEY, remove, startGateway, temporaryDirectory, withServer } from './gateway.js';

const KEYS = 1_000;
const ROWS = 100_000;
const AT_ONCE = 20;

/** @param {import('./load/account.js').FaultRun} fault */
export default async function fault({ log, options }) {
  const rows = Number(options.rows ?? ROWS);
  const directory = temporaryDirectory();
  const archive = `${directory}/backup.tar.gz`;
  const here = `${directory}/here`;
  const there = `${directory}/there`;
  try {
    const gateway = await startGateway({ DATA_DIR: here });
    /** @type {string[]} */
    const keys = [];
    while (keys.length < KEYS) {
      const made = Array.from({ length: AT_ONCE }, () =>
        gateway.post('/admin/api-keys', { name: 'one of many', permissions: ['read'] }),
      );
      for (const { body } of await Promise.all(made)) keys.push(body.key);
    }
    await gateway.stop();
    // as many rows as a year of audit leaves, in the table that every gateway has
    await withServer(here, async (server) => {
      await server.asAdmin('gateway', (admin) =>
        admin.query(
          `INSERT INTO api_keys (name, hash, prefix, permissions)
           SELECT 'filler', md5(n::text) || md5((-n)::text), 'mcp_live_xxxx', '{read}' FROM generate_series(1, $1) n`,
          [rows],
        ),
      );
    });

    const source = await startGateway({ DATA_DIR: here });
    const saving = await run('backup', [archive], here);
    await source.stop();
    log(`backup of the running gateway: ${saving.seconds} s, ${(statSync(archive).size / 1e6).toFixed(1)} MB`);
    const restoring = await run('restore', [archive], there);
    log(`restore into an empty directory: ${restoring.seconds} s, ${restoring.megabytes} MB of memory at most`);

    const restored = await startGateway({ DATA_DIR: there });
    const samples = keys.filter((_, index) => index % 10 === 0);
    let works = 0;
    for (const key of [ADMIN_KEY, ...samples]) {
      const { status } = await restored.post('/api/services/gateway/echo', { message: 'x' }, { 'x-mcp-key': key });
      if (status === 200) works += 1;
    }
    await restored.stop();
    const counted = await withServer(there, (server) =>
      server.asAdmin(
        'gateway',
        async (admin) => (await admin.query('SELECT count(*)::int AS n FROM api_keys')).rows[0].n,
      ),
    );
    log(`${works} of ${samples.length + 1} keys that were tried work, ${counted} rows are there`);
    const complete = counted === keys.length + rows;
    return saving.code === 0 && restoring.code === 0 && works === samples.length + 1 && complete;
  } finally {
    remove(directory);
  }
}

/** @param {'backup' | 'restore'} command @param {string[]} args @param {string} dataDir */
async function run(command, args, dataDir) {
  const startedAt = performance.now();
  const time = existsSync('/usr/bin/time') ? ['/usr/bin/time', '-f', 'peak %M'] : [];
  const [file = '', ...rest] = [...time, process.execPath, `dist/apps/gateway/src/${command}.js`, ...args];
  const child = spawn(file, rest, {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk) => (text += String(chunk)));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(text);
  const peak = /peak (\d+)/.exec(text)?.[1];
  return {
    code,
    seconds: ((performance.now() - startedAt) / 1_000).toFixed(1),
    megabytes: peak === undefined ? 'unknown' : (Number(peak) / 1_024).toFixed(0),
  };
}
