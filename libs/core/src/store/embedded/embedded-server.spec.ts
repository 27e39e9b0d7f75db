import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DataDirectory, isRoot } from '../data-directory.js';
import { childrenOf, commandLineOf, isRunning } from '../process-facts.js';
import { ChildPrograms, nextLine, ordinaryUser, temporaryDirectory } from '../testing/child-programs.js';
import { withServer as startFor } from '../backup/store-access.js';
import { EmbeddedServer } from './embedded-server.js';
import { stopOrphan } from './orphan.js';

const SOON = { timeout: 10_000, interval: 20 };

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('EmbeddedServer', () => {
  let programs: ChildPrograms;
  let location: string;

  beforeAll(() => {
    programs = new ChildPrograms();
    location = temporaryDirectory();
  });

  afterAll(() => {
    programs.close();
    rmSync(location, { recursive: true });
  });

  /** Runs a server on the shared data directory, as one gateway after another does. */
  const withServer = <T>(work: (server: EmbeddedServer) => Promise<T>) => startFor(new DataDirectory(location), work);

  /** A gateway of its own process: writes the server's process id once it is up, and stops when its input ends. */
  function startGateway(at: string, user?: { uid: number; gid: number }) {
    return programs.start(
      `import { Logger } from '@nestjs/common';
       import { DataDirectory } from './store/data-directory.js';
       import { EmbeddedServer } from './store/embedded/embedded-server.js';
       const server = new EmbeddedServer(new DataDirectory(${JSON.stringify(at)}));
       Logger.overrideLogger(false);
       process.stdin.on('end', () => server.stop()).resume();
       try {
         await server.start();
         process.stdout.write(server.pid + '\\n');
       } catch (error) {
         process.stdout.write(error.name + ': ' + error.message + '\\n');
       }`,
      user,
    );
  }

  it('sets up a database for the gateway at the first start, open to its own role and the superuser alone', async () => {
    await withServer(async (server) => {
      expect(await query(server.gatewayUrl, 'SELECT current_user AS role, current_database() AS database')).toEqual([
        { role: 'gateway', database: 'gateway' },
      ]);
      const facts = `SELECT rolsuper AS super, pg_encoding_to_char(encoding) AS encoding, datlocale AS locale
                     FROM pg_database, pg_roles WHERE datname = 'gateway' AND rolname = current_user`;
      expect(await query(server.gatewayUrl, facts)).toEqual([{ super: false, encoding: 'UTF8', locale: 'C.UTF-8' }]);
      expect(await query(server.adminUrl(), facts)).toMatchObject([{ super: true }]);
      await expect(query(server.gatewayUrl.replace(/gateway\?/, 'postgres?'), 'SELECT 1')).rejects.toThrow(
        'permission',
      );
    });
  });

  it('listens on the loopback address alone, in a session and an environment of its own', async () => {
    await withServer(async (server) => {
      const settings = `SELECT current_setting('listen_addresses') || '|' || current_setting('unix_socket_directories') AS at`;
      expect(await query(server.adminUrl(), settings)).toEqual([{ at: '127.0.0.1|' }]);
      const group = execFileSync('ps', ['-o', 'pgid=', '-p', String(server.pid)], { encoding: 'utf8' });
      expect(Number(group)).toBe(server.pid);
    });
  });

  if (process.platform === 'linux')
    it('knows nothing of the gateway’s environment', async () => {
      await withServer(async (server) => {
        const environment = readFileSync(`/proc/${server.pid}/environ`, 'utf8').split('\0');
        const names = environment.map((entry) => entry.split('=')[0]).filter((name) => !/^(PG|LC_)|^$/.test(name!));
        expect(new Set(names)).toEqual(new Set(['PATH', 'LANG', 'TZ']));
      });
    });

  it('keeps data over a restart, and makes the role’s password anew', async () => {
    const before = await withServer(async (server) => {
      await query(server.gatewayUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
      return new URL(server.gatewayUrl).password;
    });
    await withServer(async (server) => {
      expect(await query(server.gatewayUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      const old = new URL(server.gatewayUrl);
      old.password = before;
      await expect(query(old.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    });
  });

  it('leaves no process after a stop, however often it is asked for', async () => {
    const pid = await withServer(async (server) => {
      const { pid } = server;
      await Promise.all([server.stop(), server.stop()]);
      return pid!;
    });
    expect(isRunning(pid)).toBe(false);
    expect(processesOf(location)).toEqual([]);
  });

  it('is started again on the same port when it is killed', async () => {
    await withServer(async (server) => {
      const { pid, port, gatewayUrl } = server;
      process.kill(pid!, 'SIGKILL');
      await vi.waitFor(() => expect(server.pid).not.toBe(pid), SOON);
      await vi.waitFor(() => query(gatewayUrl, 'SELECT 1'), SOON);
      expect(server.port).toBe(port);
    });
  });

  it('stops the server that a killed gateway left behind', async () => {
    const gateway = startGateway(location);
    const orphan = Number(await nextLine(gateway));
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
    expect(isRunning(orphan)).toBe(true);
    await withServer(async (server) => {
      expect(isRunning(orphan)).toBe(false);
      expect(await query(server.gatewayUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
  });

  it('ends it by force with its workers where it hangs, so that another can start', async () => {
    const gateway = startGateway(location);
    const orphan = Number(await nextLine(gateway));
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
    const all = [orphan, ...childrenOf(orphan)];
    expect(all.length).toBeGreaterThan(1);
    for (const pid of all) process.kill(pid, 'SIGSTOP');
    await stopOrphan(join(location, 'postgres'), [
      ['SIGINT', 100],
      ['SIGKILL', 5_000],
    ]);
    await vi.waitFor(() => expect(all.filter(isRunning)).toEqual([]), SOON);
    await withServer(async (server) => {
      expect(await query(server.gatewayUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
  });

  it('leaves alone another program that has the id of a server of old by now', async () => {
    const owner = statSync(join(location, 'postgres'));
    const stranger = programs.start('setInterval(() => {}, 1000)', isRoot() ? owner : undefined);
    const file = join(location, 'postgres', 'postmaster.pid');
    writeFileSync(
      file,
      `${stranger.pid}\n${join(location, 'postgres')}\n1700000000\n5432\n\n127.0.0.1\n  1  1\nready\n`,
    );
    await withServer(async (server) => {
      expect(await query(server.gatewayUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
    expect(isRunning(stranger.pid!)).toBe(true);
  });

  it('sets up anew where a first start was killed, and cleans up after it', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'postgres.new-killed', 'cluster'), { recursive: true });
    const gateway = startGateway(directory);
    await vi.waitFor(() => expect(readdirSync(directory).filter(isWorkshop)).not.toEqual(['postgres.new-killed']), {
      interval: 5,
      timeout: 15_000,
    });
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
    await sleep(50);
    const second = startGateway(directory);
    expect(Number(await nextLine(second))).toBeGreaterThan(0);
    expect(readdirSync(directory).filter(isWorkshop)).toEqual([]);
    second.stdin!.end();
    await once(second, 'exit');
    rmSync(directory, { recursive: true });
  });

  it('says what to do when the superuser’s password is lost', async () => {
    const file = join(location, 'postgres.password');
    const password = readFileSync(file);
    rmSync(file);
    await expect(withServer(async () => undefined)).rejects.toThrow(
      /does not take the password in .*Restore that file/s,
    );
    writeFileSync(file, password);
    expect(processesOf(location)).toEqual([]);
  });

  if (isRoot())
    it('keeps its data where PostgreSQL’s user can reach it, when the data directory is closed', async () => {
      const closed = temporaryDirectory();
      mkdirSync(join(closed, 'home'), { mode: 0o700 });
      const location = join(closed, 'home', 'data');
      for (const statement of ['CREATE TABLE kept (id int)', 'SELECT * FROM kept']) {
        const directory = new DataDirectory(location);
        const server = new EmbeddedServer(directory);
        await server.start();
        await server.asAdmin('gateway', (admin) => admin.query(statement));
        await server.stop();
        directory.release();
      }
      rmSync(readFileSync(join(location, 'postgres.location'), 'utf8').trim(), { recursive: true });
      rmSync(closed, { recursive: true });
    });

  it('runs as an ordinary user, under that user', async () => {
    const user = ordinaryUser();
    const home = temporaryDirectory();
    if (user) chownSync(home, user.uid, user.gid);
    const gateway = startGateway(join(home, 'data'), user);
    const pid = Number(await nextLine(gateway));
    const uid = execFileSync('ps', ['-o', 'uid=', '-p', String(pid)], { encoding: 'utf8' });
    expect(Number(uid)).toBe(user?.uid ?? process.getuid!());
    expect(statSync(join(home, 'data')).mode & 0o777).toBe(0o700);
    gateway.stdin!.end();
    await once(gateway, 'exit');
    expect(isRunning(pid)).toBe(false);
    rmSync(home, { recursive: true });
  });

  if (isRoot())
    it('runs as the user postgres when root starts it', async () => {
      await withServer(async (server) => {
        const name = execFileSync('ps', ['-o', 'user=', '-p', String(server.pid)], { encoding: 'utf8' });
        expect(name.trim()).toBe('postgres');
      });
    });
});

const isWorkshop = (name: string) => name.startsWith('postgres.new-');

/** Ids of the servers whose command line names the data directory. */
function processesOf(location: string): number[] {
  return execFileSync('ps', ['-eo', 'pid='], { encoding: 'utf8' })
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 0 && commandLineOf(pid)?.includes(`-D ${location}`));
}
