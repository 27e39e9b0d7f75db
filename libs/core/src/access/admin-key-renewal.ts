import { Injectable } from '@nestjs/common';
import { RuntimeConfig } from '../config/runtime-config.js';
import { AccessSettings } from './access.settings.js';
import { ApiKeys } from './api-keys.js';

/** Has another MCP_ADMIN_KEY taken as soon as its file holds it; the one before is refused from then on. */
@Injectable()
export class AdminKeyRenewal {
  constructor(config: RuntimeConfig, keys: ApiKeys, settings: AccessSettings) {
    config.onChange((changed) => {
      if (changed.has('security.adminKey')) keys.holdAdminKey(settings.adminKey);
    });
  }
}
