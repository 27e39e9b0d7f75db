import { Client } from 'pg';
import { StartError } from '#libs/kit';
import { addressOf } from '../connection-address.js';
import { connectionProblem, personsTask, refusalProblem } from '../connection-errors.js';
import type { DataDirectory } from '../data-directory.js';
import { findCluster } from '../embedded/cluster.js';
import { EmbeddedServer } from '../embedded/embedded-server.js';
import { runningServerUrl } from '../embedded/running-server.js';

const CONNECT_TIMEOUT_MS = 5_000;

/** Where a gateway keeps what it knows. */
export interface StorePlace {
  directory: DataDirectory;
  /** Unset: the embedded server of the data directory. */
  databaseUrl: string | undefined;
}

type Work<T> = (client: Client, url: string) => Promise<T>;

/**
 * Runs `work` on a connection to a store that is there already, whether its gateway runs or not: a server that is
 * stopped is started for it, under the directory's lock, and stopped again.
 */
export async function withExistingStore<T>(place: StorePlace, work: Work<T>): Promise<T> {
  const { directory, databaseUrl } = place;
  if (databaseUrl !== undefined) return connected(databaseUrl, work);
  if (findCluster(directory) === undefined) {
    throw new StartError(
      `No gateway has kept data in ${directory.location}. Set DATA_DIR or DATABASE_URL as it has them.`,
    );
  }
  try {
    directory.acquire();
  } catch (held) {
    const url = runningServerUrl(directory);
    if (url === undefined) throw held;
    return connected(url, work);
  }
  return withServer(directory, (server) => connected(server.gatewayUrl, work));
}

/** Starts the embedded server, in a directory whose lock is held or free, and stops it at the end. */
export async function withServer<T>(
  directory: DataDirectory,
  work: (server: EmbeddedServer) => Promise<T>,
): Promise<T> {
  const server = new EmbeddedServer(directory);
  try {
    await server.start();
    return await work(server);
  } finally {
    await server.stop();
    directory.release();
  }
}

async function connected<T>(url: string, work: Work<T>): Promise<T> {
  const client = new Client({
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'mcp-gateway command',
    ...addressOf(url),
  });
  // A connection that breaks also fails the query in hand; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client, url);
  } catch (error) {
    throw explained(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What a person can do about a store that can't be reached; any other error as it is. */
export function explained(error: unknown): unknown {
  if (error instanceof StartError) return error;
  const task = personsTask(error);
  if (task !== undefined) return new StartError(`The store can't be used: ${task}.`, { cause: error });
  const problem = connectionProblem(error);
  if (problem !== undefined) return new StartError(`The store can't be reached: ${problem}.`, { cause: error });
  const refusal = refusalProblem(error);
  if (refusal !== undefined) return new StartError(`The store refuses writes: ${refusal}.`, { cause: error });
  return error;
}
