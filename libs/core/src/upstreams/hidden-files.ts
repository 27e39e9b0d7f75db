import { resolve } from 'node:path';
import { Injectable } from '@nestjs/common';
import { ConfigFileSettings } from '../config/config-file.settings.js';
import { Configuration } from '../config/configuration.js';
import { LogSettings } from '../observability/logs/log.settings.js';
import { DataDirectory, isRoot, SYSTEM_DIRECTORY } from '../store/data-directory.js';

/** What the processes of upstreams must not see of the gateway, and what they get instead. */
@Injectable()
export class HiddenFiles {
  constructor(
    private readonly directory: DataDirectory,
    private readonly log: LogSettings,
    private readonly configFile: ConfigFileSettings,
    private readonly configuration: Configuration,
  ) {}

  /** Of the gateway's own variables, those that others may know. */
  get system(): { PATH?: string; LANG?: string } {
    const { PATH, LANG } = this.configuration.environment;
    return { ...(PATH !== undefined && { PATH }), ...(LANG !== undefined && { LANG }) };
  }

  /** Where an upstream's process may write, and where it stays over restarts. */
  homeOf(upstream: string): string {
    return this.directory.path('upstreams', upstream);
  }

  /** Absolute paths: what the gateway keeps, and every file that it reads a secret from. */
  hidden(): string[] {
    return [
      this.directory.location,
      ...(isRoot() ? [SYSTEM_DIRECTORY] : []),
      ...(this.log.directory === undefined ? [] : [this.log.directory]),
      this.configFile.path,
      '.env',
      // others, such as SSL_CERT_FILE, name what processes need
      ...this.configuration.secretFiles,
    ].map((path) => resolve(path));
  }
}
