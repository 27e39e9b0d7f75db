import { unwatchFile, watchFile } from 'node:fs';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { ConfigFileSettings } from './config-file.settings.js';
import { ConfigReload } from './config-reload.js';

/**
 * The file is looked at, not waited for: that sees files that are replaced, links that lead elsewhere (as Kubernetes
 * updates what it mounts), and directories of other machines, of which no event tells.
 */
const LOOK_MS = 1_000;
/** What a program is given to finish writing. */
const SETTLE_MS = 200;

/** Has the config file read anew after it has changed, come or gone. */
@Injectable()
export class ConfigFileWatch implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Configuration');
  private settling: NodeJS.Timeout | undefined;

  constructor(
    private readonly file: ConfigFileSettings,
    private readonly reload: ConfigReload,
  ) {}

  start(): void {
    watchFile(this.file.path, { persistent: false, interval: LOOK_MS, bigint: true }, this.changed);
  }

  beforeApplicationShutdown(): void {
    unwatchFile(this.file.path, this.changed);
    clearTimeout(this.settling);
  }

  private readonly changed = (): void => {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      this.reload.reload().catch((error: unknown) => {
        this.logger.error(error instanceof Error ? error.stack : error);
      });
    }, SETTLE_MS);
    this.settling.unref();
  };
}
