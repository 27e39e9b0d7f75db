import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { Logger } from '@nestjs/common';
import { StartError } from '#libs/kit';
import { isRunning, startTimeOf } from './process-facts.js';

const RENEW_MS = 2_000;
/** A holder in another container or on another machine counts as gone after as long without a renewal. */
const GONE_MS = 15_000;

/** What the lock file says about the gateway that holds it. */
interface Holder {
  /** Makes every holding's text unique. */
  id: string;
  pid: number;
  /** Of the machine or the container, where the pid means something. A container has the same one after it was killed. */
  host?: string | undefined;
  /** Clock ticks since boot, where the system tells. */
  processStart?: string | undefined;
  startedAt: string;
  address?: string | undefined;
}

/**
 * Keeps a second gateway out of a directory. The lock is a file that is linked into place, so that only one of several
 * starters can make it; the process that it names tells whether it still counts, or the file's time where that process is
 * none of this container.
 */
export class DirectoryLock {
  private held: Holder | undefined;
  private renewal: NodeJS.Timeout | undefined;

  /** `onLost` is called when another gateway has taken the lock over, as after a pause of this one. */
  constructor(
    private readonly path: string,
    private readonly onLost: (holder: string) => void = endProcess,
  ) {}

  /** Takes the lock, over from a dead gateway if need be. Throws a StartError when a living one holds it. */
  acquire(): void {
    if (this.held) return;
    const holder: Holder = {
      id: randomUUID(),
      pid: process.pid,
      host: hostname(),
      processStart: startTimeOf(process.pid),
      startedAt: new Date().toISOString(),
    };
    for (;;) {
      if (this.create(holder)) break;
      const text = this.read();
      if (text === undefined) continue;
      const other = parse(text);
      if (other && this.isAlive(other)) throw this.refusal(other);
      if (this.takeOver(text, holder)) break;
    }
    this.held = holder;
    this.renewal = setInterval(() => this.renew(), RENEW_MS).unref();
  }

  /** Adds the address that the gateway listens on, for the message that a second one shows. */
  hold(address: string): void {
    this.renew();
    if (!this.held) return;
    this.held = { ...this.held, address };
    this.replace(this.held);
  }

  release(): void {
    clearInterval(this.renewal);
    if (this.held && parse(this.read() ?? '')?.id === this.held.id) rmSync(this.path, { force: true });
    this.held = undefined;
  }

  /** Makes the file with all its content at once; false when there is one. */
  private create(holder: Holder): boolean {
    const temporary = this.write(holder);
    try {
      linkSync(temporary, this.path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(temporary);
    }
  }

  /**
   * Replaces a dead gateway's lock. Whoever wants to must first hold a lock named after the dead one's text, and look
   * again: so only one starter at a time can replace that very text, and one that comes late finds a different one.
   */
  private takeOver(deadText: string, holder: Holder): boolean {
    const turn = new DirectoryLock(`${this.path}.${createHash('sha256').update(deadText).digest('hex').slice(0, 16)}`);
    turn.acquire();
    try {
      if (this.read() !== deadText) return false;
      this.replace(holder);
      return true;
    } finally {
      turn.release();
    }
  }

  private replace(holder: Holder): void {
    renameSync(this.write(holder), this.path);
  }

  private write(holder: Holder): string {
    const temporary = `${this.path}.${randomUUID()}`;
    try {
      writeFileSync(temporary, `${JSON.stringify(holder)}\n`, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      // a full disk takes the name and not the text
      rmSync(temporary, { force: true });
      throw error;
    }
    return temporary;
  }

  private read(): string | undefined {
    try {
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /**
   * Writes what is there once more, which dates the file by the clock of its file system. Whoever takes the lock over puts
   * another file in its place, so that it is never that one which is written.
   */
  private renew(): void {
    try {
      const file = openSync(this.path, 'r+');
      try {
        const text = readFileSync(file, 'utf8');
        const holder = parse(text);
        if (holder && holder.id !== this.held?.id) this.lose(holder);
        else if (holder) writeSync(file, text, 0);
      } finally {
        closeSync(file);
      }
    } catch {
      // a full disk or a directory that is gone is told by those who write there
    }
  }

  private lose(holder: Holder): void {
    clearInterval(this.renewal);
    this.held = undefined;
    this.onLost(`${dirname(this.path)} is used by another gateway now (${factsOf(holder)})`);
  }

  private isAlive(holder: Holder): boolean {
    if (isElsewhere(holder)) return this.now(holder) - (this.renewedAt() ?? 0) < GONE_MS;
    if (!isRunning(holder.pid)) return false;
    return holder.processStart === undefined || holder.processStart === startTimeOf(holder.pid);
  }

  /** By the clock that dates the lock, which may be another machine's. */
  private now(holder: Holder): number {
    const temporary = this.write(holder);
    try {
      return statSync(temporary).mtimeMs;
    } finally {
      rmSync(temporary);
    }
  }

  private renewedAt(): number | undefined {
    return statSync(this.path, { throwIfNoEntry: false })?.mtimeMs;
  }

  private refusal(other: Holder): StartError {
    const killed = isElsewhere(other) ? ` If it was killed, it counts as gone after ${GONE_MS / 1_000} seconds.` : '';
    return new StartError(
      `Another gateway (${factsOf(other)}) is using ${dirname(this.path)}. Stop it, or set DATA_DIR to another directory.${killed}`,
    );
  }
}

function factsOf(holder: Holder): string {
  const { pid, host, startedAt, address } = holder;
  const place = isElsewhere(holder) ? `pid ${pid} on ${host}` : `pid ${pid}`;
  return [place, `started ${startedAt}`, address].filter(Boolean).join(', ');
}

/** As a signal does, but for the exit code: whatever runs here lets go of the directory in its orderly way. */
function endProcess(reason: string): void {
  new Logger('DataDirectory').error(
    `${reason}. This process ends: it has not renewed its lock for ${GONE_MS / 1_000} seconds, as when it is paused`,
  );
  process.exitCode = 1;
  process.kill(process.pid, 'SIGTERM');
}

/** Whether its pid is one of another container or machine, so that nobody here can tell what it means. */
function isElsewhere({ host }: Holder): boolean {
  return host !== undefined && host !== hostname();
}

/** A file that a crash of the machine left empty or torn names nobody. */
function parse(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isInteger(holder.pid) && holder.pid > 0 ? holder : undefined;
  } catch {
    return undefined;
  }
}
