import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { ApiKeys } from './api-keys.js';
import { Authenticator } from './authenticator.js';
import { FirstAdminKey } from './first-admin-key.js';
import { PassportGate } from './passport-gate.js';
import { TrustedNetwork } from './trusted-network.js';

@Module({
  providers: [
    ApiKeys,
    Authenticator,
    FirstAdminKey,
    PassportGate,
    TrustedNetwork,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [ApiKeys, Authenticator, FirstAdminKey],
})
export class AccessModule {}
