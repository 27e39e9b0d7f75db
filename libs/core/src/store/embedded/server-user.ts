import { StartError } from '#libs/kit';
import { isRoot } from '../data-directory.js';
import { run, type ServerUser } from './run.js';

const NAME = 'postgres';

/** Finds the account, or makes it. Undefined when the gateway is an ordinary user and PostgreSQL runs as the same. */
export async function findServerUser(): Promise<ServerUser | undefined> {
  if (!isRoot()) return undefined;
  const found = await lookUp();
  if (found) return found;
  const made = await run('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir=/nonexistent',
    '--shell=/usr/sbin/nologin',
    NAME,
  ]);
  const user = await lookUp();
  if (user) return user;
  throw new StartError(
    `PostgreSQL does not run as root, and the user ${NAME} could not be made (${made.output || 'useradd failed'}). ` +
      `Make it, start the gateway as an ordinary user, or set DATABASE_URL.`,
  );
}

async function lookUp(): Promise<ServerUser | undefined> {
  const [uid, gid] = await Promise.all([run('id', ['-u', NAME]), run('id', ['-g', NAME])]);
  if (!uid.ok || !gid.ok) return undefined;
  return { name: NAME, uid: Number(uid.output), gid: Number(gid.output) };
}
