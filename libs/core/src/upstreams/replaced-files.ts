import { lstatSync, type BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';

const LOOK_MS = 1_000;

/** Looks each second whether one of these files is another one, has come or has gone. What is in them does not matter. */
export class ReplacedFiles {
  private readonly before: readonly string[];
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /** They are as they are now. */
  constructor(private readonly paths: readonly string[]) {
    this.before = paths.map(identityNow);
  }

  /** Tells once, of the first. */
  watch(tell: (path: string) => void, everyMs = LOOK_MS): void {
    if (this.stopped || this.paths.length === 0) return;
    this.timer = setTimeout(() => void this.look(tell, everyMs), everyMs).unref();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async look(tell: (path: string) => void, everyMs: number): Promise<void> {
    const now = await Promise.all(this.paths.map(identityOf));
    const replaced = this.paths.find((_, at) => now[at] !== this.before[at]);
    if (replaced === undefined) this.watch(tell, everyMs);
    else if (!this.stopped) tell(replaced);
  }
}

async function identityOf(path: string): Promise<string> {
  try {
    return identity(await lstat(path, { bigint: true }));
  } catch {
    return 'none';
  }
}

function identityNow(path: string): string {
  try {
    return identity(lstatSync(path, { bigint: true }));
  } catch {
    return 'none';
  }
}

/** The number of a file that is gone is soon that of another. */
function identity({ dev, ino, birthtimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${birthtimeNs}`;
}
