import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a process is given to end by itself once its input is closed, and then once it is told to. */
const GRACE_MS = 500;

export interface ProcessCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** All that the process gets; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Descriptors of the gateway that the process gets as its own, from `FIRST_DESCRIPTOR` on. */
  readonly descriptors?: readonly number[];
}

/** What follows standard input, output and errors. */
export const FIRST_DESCRIPTOR = 3;

/**
 * A child process in a group of its own, so that what it started ends with it. Its environment is the one that is given:
 * the gateway's own holds secrets.
 */
export class ProcessGroup {
  /** Settles when the process has ended, or could not be started; says how. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;

  constructor({ command, args, env, cwd, descriptors = [] }: ProcessCommand) {
    const stdio = ['pipe', 'pipe', 'pipe', ...descriptors] as const;
    this.child = spawn(command, args, { cwd, env: { ...env }, detached: true, stdio: [...stdio] });
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error: NodeJS.ErrnoException) => resolve(startProblem(command, cwd, error)));
      this.child.once('exit', (code, signal) => {
        // whatever it left behind in its group
        this.signal('SIGKILL');
        resolve(signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`);
      });
    });
    // node makes none where the gateway has no descriptors left
    const streams = (this.child.stdio as ChildProcess['stdio'] | undefined) ?? [];
    // without listeners a broken pipe would end the gateway
    for (const stream of streams) stream?.on('error', () => undefined);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get input() {
    return this.child.stdin;
  }

  get output() {
    return this.child.stdout;
  }

  get errors() {
    return this.child.stderr;
  }

  /** Null while it runs, and where a signal ended it. */
  get exitCode(): number | null {
    return this.child.exitCode;
  }

  /** Ends the whole group at once. */
  kill(): void {
    if (this.child.exitCode === null && this.child.signalCode === null) this.signal('SIGKILL');
  }

  /** Ends the whole group: politely, then firmly. Safe to call twice. */
  async stop(): Promise<void> {
    this.child.stdin?.end();
    if (await this.endsWithin(GRACE_MS)) return;
    this.signal('SIGTERM');
    if (await this.endsWithin(GRACE_MS)) return;
    this.signal('SIGKILL');
    await this.ended;
  }

  private async endsWithin(ms: number): Promise<boolean> {
    const over = new AbortController();
    const late = sleep(ms, false, { signal: over.signal }).catch(() => false);
    const ended = await Promise.race([this.ended.then(() => true), late]);
    over.abort();
    return ended;
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // the group is gone
    }
  }
}

function startProblem(command: string, cwd: string, { code }: NodeJS.ErrnoException): string {
  const name = command.split('/').at(-1);
  // the system says the same of a command and of a directory that is not there
  if (code === 'ENOENT' && !existsSync(cwd)) return 'its working directory is not there';
  if (code === 'ENOENT') return `there is no command ${name}`;
  if (code === 'EACCES') return `the command ${name} may not be run`;
  return `the command ${name} could not be started (${code})`;
}
