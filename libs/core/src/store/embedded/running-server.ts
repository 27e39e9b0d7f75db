import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataDirectory } from '../data-directory.js';
import { findCluster, SUPERUSER } from './cluster.js';
import { HOST } from './embedded-server.js';

/** Line of postmaster.pid that names the port. */
const PORT_LINE = 3;

/** The superuser's address of the gateway's database in a server that another process runs; undefined where none does. */
export function runningServerUrl(directory: DataDirectory): string | undefined {
  const cluster = findCluster(directory);
  if (cluster === undefined) return undefined;
  try {
    const port = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[PORT_LINE]);
    const password = readFileSync(directory.path('postgres.password'), 'utf8').trim();
    return port > 0 ? `postgres://${SUPERUSER}:${password}@${HOST}:${port}/gateway?sslmode=disable` : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
