import { Injectable, Logger } from '@nestjs/common';
import { rmSync, writeFileSync } from 'node:fs';
import { DataDirectory } from '../store/data-directory.js';
import { ApiKeys } from './api-keys.js';

/**
 * Makes the first admin key when there is none. It is shown once: on a terminal, else in a file that only the gateway's
 * user can read.
 */
@Injectable()
export class FirstAdminKey {
  private readonly logger = new Logger(FirstAdminKey.name);

  constructor(
    private readonly keys: ApiKeys,
    private readonly directory: DataDirectory,
  ) {}

  async ensure(): Promise<void> {
    if (this.keys.hasAdmin) return;
    // told before it is stored: a key that is stored and was never told would lock everyone out
    await this.keys.createFirstAdmin({ name: 'first admin', permissions: ['*'] }, (key) => this.tell(key));
  }

  private tell(key: string): void {
    if (process.stdout.isTTY) {
      process.stdout.write(`\nThe admin key of this gateway, shown only now:\n\n  ${key}\n\n`);
      return;
    }
    const path = this.directory.path('admin.key');
    rmSync(path, { force: true });
    writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' });
    this.logger.log(`The admin key of this gateway was written to ${path}`);
  }
}
