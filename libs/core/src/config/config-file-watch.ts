import { stat } from 'node:fs/promises';
import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { ConfigFileSettings } from './config-file.settings.js';
import { ConfigReload } from './config-reload.js';
import { Configuration } from './configuration.js';

/**
 * The file is looked at, not waited for: that sees files that are replaced, links that lead elsewhere (as Kubernetes
 * updates what it mounts), and directories of other machines, of which no event tells.
 */
const LOOK_MS = 1_000;
/** What a program is given to finish writing. */
const SETTLE_MS = 200;

/** Has the config file and the files of secrets read anew after one of them has changed, come or gone. */
@Injectable()
export class ConfigFileWatch implements BeforeApplicationShutdown {
  private seen: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly file: ConfigFileSettings,
    private readonly reload: ConfigReload,
    private readonly configuration: Configuration,
  ) {}

  /** They are read anew once in any case: one may have changed since it was read. */
  start(): void {
    this.after(0, () => this.look());
  }

  beforeApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const paths = [this.file.path, ...this.configuration.secretFiles];
    const now = (await Promise.all(paths.map(identityOf))).join('\n');
    if (now === this.seen) {
      this.after(LOOK_MS, () => this.look());
      return;
    }
    this.seen = now;
    this.after(SETTLE_MS, () => this.read());
  }

  private async read(): Promise<void> {
    await this.reload.reload();
    if (this.reload.isToBeTriedAgain) this.seen = undefined;
    this.after(LOOK_MS, () => this.look());
  }

  private after(ms: number, next: () => Promise<void>): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void next(), ms);
    this.timer.unref();
  }
}

/** Another text for another file, or for another content of the same. */
async function identityOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
