import { randomUUID } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { StartError } from '#libs/kit';
import { makeDirectory, SYSTEM_DIRECTORY, type DataDirectory } from '../data-directory.js';
import { run, type ServerUser } from './run.js';

export const SUPERUSER = 'gateway_admin';

const MAJOR_VERSION = '18';

/** Names the directory that holds the cluster, where the data directory can't. */
const LOCATION_FILE = 'postgres.location';

/** Makes sure that the database cluster exists and is one that our server may open; answers its directory. */
export async function prepareCluster(
  directory: DataDirectory,
  binaries: string,
  user: ServerUser | undefined,
  password: string,
): Promise<string> {
  const home = await findHome(directory, user);
  const cluster = join(home, 'postgres');
  removeLeftovers(home);
  if (existsSync(join(cluster, 'PG_VERSION'))) checkCluster(cluster, user);
  else await initialize(home, binaries, user, password, cluster);
  return cluster;
}

/** The directory of a cluster that was made before; undefined where there is none. */
export function findCluster(directory: DataDirectory): string | undefined {
  const note = directory.path(LOCATION_FILE);
  const home = existsSync(note) ? readFileSync(note, 'utf8').trim() : directory.location;
  const cluster = join(home, 'postgres');
  return existsSync(join(cluster, 'PG_VERSION')) ? cluster : undefined;
}

/**
 * The data directory; or, where root chose one that PostgreSQL's own user may not enter, a directory that it can reach,
 * which a file in the data directory names.
 */
async function findHome(directory: DataDirectory, user: ServerUser | undefined): Promise<string> {
  if (!user) return directory.location;
  const moved = existsSync(directory.path(LOCATION_FILE));
  if (!moved && (await mayEnter(directory.location, user))) return directory.location;

  const home = directory.readOrCreateSecret(LOCATION_FILE, () => join(SYSTEM_DIRECTORY, randomUUID()));
  makeDirectory(home);
  if (await mayEnter(home, user)) return home;
  throw new StartError(
    `PostgreSQL runs as the user ${user.name}, who may enter neither ${directory.location} nor ${home}. Set DATA_DIR ` +
      'to a directory that this user can reach, start the gateway as an ordinary user, or set DATABASE_URL.',
  );
}

async function mayEnter(path: string, user: ServerUser): Promise<boolean> {
  return (await run('/bin/sh', ['-c', 'cd -- "$0"', path], user)).ok;
}

function checkCluster(cluster: string, user: ServerUser | undefined): void {
  const version = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim();
  if (version !== MAJOR_VERSION) {
    throw new StartError(
      `${cluster} was made by PostgreSQL ${version}, and this gateway brings version ${MAJOR_VERSION}. Carry the data ` +
        'over with pg_dump and pg_restore, or set DATA_DIR to another directory.',
    );
  }
  const owner = statSync(cluster).uid;
  if (user && owner !== user.uid) {
    throw new StartError(
      `${cluster} belongs to the user id ${owner}, and PostgreSQL would run as ${user.name}. Start the gateway as the ` +
        `user who made it, or hand it over: chown -R ${user.name} ${cluster}`,
    );
  }
}

/** `initdb` works in a directory of its own, which takes its place once it is complete. */
async function initialize(
  home: string,
  binaries: string,
  user: ServerUser | undefined,
  password: string,
  cluster: string,
): Promise<void> {
  const workshop = join(home, `postgres.new-${randomUUID()}`);
  const passwordFile = join(workshop, 'password');
  const unfinished = join(workshop, 'cluster');
  try {
    mkdirSync(workshop, { mode: 0o700 });
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (user) for (const path of [workshop, passwordFile]) chownSync(path, user.uid, user.gid);
    const made = await run(
      join(binaries, 'bin', 'initdb'),
      [
        `--pgdata=${unfinished}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // PostgreSQL's own C.UTF-8 needs no locale of the system and sorts the same everywhere.
        '--locale=C',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
      ],
      user,
    );
    if (!made.ok) throw new StartError(`The embedded PostgreSQL could not be set up in ${cluster}:\n${made.output}`);
    moveInto(unfinished, cluster);
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

function moveInto(unfinished: string, cluster: string): void {
  try {
    renameSync(unfinished, cluster);
  } catch (error) {
    throw new StartError(
      `${cluster} is in the way (${(error as NodeJS.ErrnoException).code}): it is not a PostgreSQL cluster. Move it ` +
        'elsewhere, or set DATA_DIR to another directory.',
      { cause: error },
    );
  }
}

/** What an `initdb` left that was killed. */
function removeLeftovers(home: string): void {
  for (const name of readdirSync(home)) {
    // Retried since that `initdb` itself may live on for a moment.
    if (name.startsWith('postgres.new-')) {
      rmSync(join(home, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    }
  }
}
