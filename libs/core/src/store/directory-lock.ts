import { createHash, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
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

  constructor(private readonly path: string) {}

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
    writeFileSync(temporary, `${JSON.stringify(holder)}\n`, { mode: 0o600, flag: 'wx' });
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

  private renew(): void {
    try {
      utimesSync(this.path, new Date(), new Date());
    } catch {
      // a full disk or a directory that is gone is told by those who write there
    }
  }

  private isAlive(holder: Holder): boolean {
    if (isElsewhere(holder)) return Date.now() - (this.renewedAt() ?? 0) < GONE_MS;
    if (!isRunning(holder.pid)) return false;
    return holder.processStart === undefined || holder.processStart === startTimeOf(holder.pid);
  }

  private renewedAt(): number | undefined {
    return statSync(this.path, { throwIfNoEntry: false })?.mtimeMs;
  }

  private refusal(other: Holder): StartError {
    const place = isElsewhere(other) ? `pid ${other.pid} on ${other.host}` : `pid ${other.pid}`;
    const facts = [place, `started ${other.startedAt}`, other.address].filter(Boolean).join(', ');
    const killed = isElsewhere(other) ? ` If it was killed, it counts as gone after ${GONE_MS / 1_000} seconds.` : '';
    return new StartError(
      `Another gateway (${facts}) is using ${dirname(this.path)}. Stop it, or set DATA_DIR to another directory.${killed}`,
    );
  }
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
