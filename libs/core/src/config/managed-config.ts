import { Injectable } from '@nestjs/common';
import { conflict } from '../errors/protocol-error.js';
import { ConfigFileSettings } from './config-file.settings.js';

/** Whether the configuration may be changed at runtime at all. */
@Injectable()
export class ManagedConfig {
  constructor(private readonly settings: ConfigFileSettings) {}

  get byFile(): boolean {
    return this.settings.managed === 'file';
  }

  /** Throws a conflict where the config file alone decides. */
  requireWritable(): void {
    if (!this.byFile) return;
    throw conflict(
      'The configuration comes from its file alone (MCP_CONFIG_MANAGED=file): change it there, and the gateway takes it over when it is saved. POST /config/plan says beforehand what would come of it',
    );
  }
}
