import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { chownSync, cpSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SYSTEM_DIRECTORY } from '../libs/core/src/store/data-directory.js';
import { temporaryDirectory, type ordinaryUser } from '../libs/core/src/store/testing/child-programs.js';
import { gatewayBuild } from './gateway-build.js';
import { START_ENV, START_FLAGS } from './start-command.js';
import { WITHOUT_LIMITS } from './without-limits.js';

export const MAIN = 'dist/apps/gateway/src/main.js';

const PROJECT = resolve(import.meta.dirname, '..');
/** What a server is given to end in an orderly way after a test that failed. */
const CLEAN_UP_MS = 3_000;

export type User = NonNullable<ReturnType<typeof ordinaryUser>>;

/** How a process ended. */
export interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Answer {
  status: number;
  body: unknown;
}

/** A program in a process group of its own, with all that it writes. */
class Program {
  stdout = '';
  stderr = '';
  /** Resolves when the program has ended and nothing holds its output any more. */
  readonly ended: Promise<End>;
  private over = false;

  constructor(private readonly child: ChildProcess) {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.over = true;
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Sends a signal to the program alone. */
  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends a signal to the program and all that it started in its group, as a terminal does. */
  killGroup(signal: NodeJS.Signals): void {
    if (!this.over) process.kill(-this.pid, signal);
  }

  /** Closes the pipes that it writes to, as a log program does that dies. */
  stopReading(): void {
    this.child.stdout!.destroy();
    this.child.stderr!.destroy();
  }

  /** Resolves when a line of its standard output fits; rejects when the program ends before. */
  line(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(this.stdout.slice(0, this.stdout.lastIndexOf('\n')));
        if (!found) return;
        this.child.stdout!.off('data', look);
        resolve(found);
      };
      this.child.stdout!.on('data', look);
      void this.ended.then((end) => {
        reject(new Error(`It ended without ${pattern}: ${JSON.stringify(end)}\n${this.stdout}${this.stderr}`));
      });
      look();
    });
  }
}

/** A gateway in a process of its own. */
export class GatewayProcess extends Program {
  private url = '';

  /** Resolves with the address once the gateway is ready; rejects when it ends before. */
  ready(): Promise<string> {
    return this.says(/The gateway is ready at (http:[^"\s]+)/);
  }

  /** Resolves with the address that a line of its log has in this place. */
  async says(pattern: RegExp): Promise<string> {
    this.url = (await this.line(pattern))[1]!;
    return this.url;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.fetch(path, { headers });
  }

  /** POSTs a value as JSON. */
  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** Runs one statement on the demo database. */
  query(query: string, more = {}): Promise<Answer> {
    return this.post('/api/services/postgres/query', { database: 'demo', query, ...more });
  }

  private async fetch(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, init);
    return { status: response.status, body: await response.json() };
  }
}

interface StartOptions {
  /** Working directory. */
  at: string;
  /** All of the environment but PATH, PORT, METRICS_PORT and the limits, which are off. */
  env?: Record<string, string>;
  user?: User | undefined;
}

/** Starts the gateway in processes, and leaves nothing of them behind. */
export class GatewayProcesses {
  /** Holds the package with its `dist`; others run it too. */
  readonly build = gatewayBuild();
  /** The command line program. */
  readonly cli = join(this.build, 'dist/apps/cli/src/main.js');
  private readonly programs: Program[] = [];
  private readonly directories: string[] = [];

  /** A copy of the project as it is cloned, with its packages installed. */
  checkout(): string {
    const directory = this.directory();
    for (const name of ['apps', 'libs', 'scripts', 'package.json', 'nest-cli.json', 'tsconfig.json', '.swcrc']) {
      cpSync(join(PROJECT, name), join(directory, name), { recursive: true });
    }
    symlinkSync(join(PROJECT, 'node_modules'), join(directory, 'node_modules'));
    return directory;
  }

  /** A new empty directory that belongs to `user`. */
  directory(user?: User): string {
    const directory = realpathSync(temporaryDirectory());
    if (user) chownSync(directory, user.uid, user.gid);
    this.directories.push(directory);
    return directory;
  }

  /** Starts the gateway on a free port as `npm start` does; nothing is configured but by `env` and the files at its working directory. */
  start({ at, env = {}, user }: StartOptions): GatewayProcess {
    const main = join(this.build, MAIN);
    const options = { cwd: at, env: { ...START_ENV, ...env }, ...user };
    return this.keep(new GatewayProcess(launch(process.execPath, [...START_FLAGS, main], options)));
  }

  /** Starts another program, which becomes a gateway. */
  startWith(file: string, args: string[], { at, env = {} }: StartOptions): GatewayProcess {
    return this.keep(new GatewayProcess(launch(file, args, { cwd: at, env })));
  }

  /** Ends whatever still runs, and removes all files. */
  async close(): Promise<void> {
    for (const program of this.programs) {
      program.killGroup('SIGKILL');
      await program.ended;
    }
    for (const directory of this.directories) {
      const homes = homesOf(directory);
      for (const home of homes) await endAllIn(home);
      for (const home of homes) rmSync(home, { recursive: true, force: true });
    }
  }

  private keep<T extends Program>(program: T): T {
    this.programs.push(program);
    return program;
  }
}

/** Ids of the processes that work below a directory, or whose command line names it. */
export function processesIn(directory: string): number[] {
  if (process.platform !== 'linux') {
    const lines = execFileSync('ps', ['-axww', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
    return lines.filter((line) => line.includes(directory)).map((line) => Number.parseInt(line, 10));
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => worksIn(directory, pid)).map(Number);
}

function worksIn(directory: string, pid: string): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return command.includes(directory) || `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${directory}/`);
  } catch {
    return false; // it ended meanwhile, or is not ours to look at
  }
}

/** The id of the database server whose cluster is there. */
export function serverPid(cluster: string): number {
  return Number.parseInt(readFileSync(join(cluster, 'postmaster.pid'), 'utf8'), 10);
}

/** A directory, and those outside of it where root's gateways keep the databases of data directories in it. */
function homesOf(directory: string): string[] {
  const notes = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('postgres.location'),
  );
  const moved = notes.map((path) => readFileSync(join(directory, path), 'utf8').trim());
  return [directory, ...moved.filter((home) => home.startsWith(`${SYSTEM_DIRECTORY}/`))];
}

async function endAllIn(directory: string): Promise<void> {
  // immediate shutdown for a database server: unlike after SIGKILL, no shared memory stays
  const giveUpAt = Date.now() + CLEAN_UP_MS;
  for (let left = processesIn(directory); left.length > 0; left = processesIn(directory)) {
    for (const pid of left) signal(pid, Date.now() < giveUpAt ? 'SIGQUIT' : 'SIGKILL');
    await sleep(20);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended
  }
}

function launch(file: string, args: string[], options: SpawnOptions): ChildProcess {
  const child = spawn(file, args, {
    ...options,
    env: { PATH: process.env.PATH, PORT: '0', METRICS_PORT: '0', ...WITHOUT_LIMITS, ...options.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) stopAfterCrash(child, child.pid);
  return child;
}

/** A test run that is interrupted cleans up nothing: the pipe that closes with it wakes a shell that stops the gateway. */
function stopAfterCrash(child: ChildProcess, group: number): void {
  const shell = spawn('/bin/sh', ['-c', 'read -r _; kill -TERM "-$0"', String(group)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  child.once('close', () => shell.kill('SIGKILL'));
}
