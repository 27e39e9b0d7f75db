import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { DataDirectory } from '../../libs/core/src/store/data-directory.js';
import { EmbeddedServer } from '../../libs/core/src/store/embedded/embedded-server.js';

/**
 * Gives every worker TEST_DATABASE_URL, a superuser's address: the one that is set, else that of a PostgreSQL server
 * which lives as long as the run.
 */
export default async function startPostgres(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.TEST_DATABASE_URL) return undefined;
  const directory = new DataDirectory(join(tmpdir(), `mcp-gateway-test-${randomUUID()}`));
  const server = new EmbeddedServer(directory);
  await server.start();
  cleanUpAfterCrash(directory);
  process.env.TEST_DATABASE_URL = server.adminUrl();
  await server.asAdmin('postgres', spareTheDisk);

  return async () => {
    await server.stop();
    directory.release();
    rmSync(directory.location, { recursive: true, force: true });
  };
}

/** What these databases hold need not outlive a power cut. */
async function spareTheDisk(admin: Client): Promise<void> {
  await admin.query('ALTER SYSTEM SET fsync = off');
  await admin.query('SELECT pg_reload_conf()');
}

/** A run that is interrupted ends without teardown: the pipe that closes with it wakes a shell that cleans up. */
function cleanUpAfterCrash(directory: DataDirectory): void {
  const script = 'read -r _; kill -QUIT "$(head -n 1 "$0/postgres/postmaster.pid")"; sleep 1; rm -rf -- "$0"';
  const shell = spawn('/bin/sh', ['-c', script, directory.location], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
}
