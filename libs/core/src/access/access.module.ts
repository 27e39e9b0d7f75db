import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AdminChangesGuard } from '../throttling/admin-changes.guard.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { AccessGuard } from './access.guard.js';
import { AdminKeyRenewal } from './admin-key-renewal.js';
import { ApiKeys } from './api-keys.js';
import { Authenticator } from './authenticator.js';
import { BlockedAddresses } from './blocked-addresses.js';
import { Jwks } from './jwks.js';
import { JwtVerifier } from './jwt-verifier.js';
import { KeptCallers } from './kept-callers.js';
import { KeyUsage } from './key-usage.js';
import { CredentialWatch } from './credential-watch.js';
import { FirstAdminKey } from './first-admin-key.js';
import { NamedKeys } from './named-keys.js';
import { OwnPeers } from './own-peers.js';
import { PassportGate } from './passport-gate.js';
import { TokenMint } from './token-mint.js';
import { TokenSecrets } from './token-secrets.js';
import { OwnChildren } from '../upstreams/own-children.js';
import { TrustedNetwork } from './trusted-network.js';

@Module({
  imports: [ThrottlingModule],
  providers: [
    AdminKeyRenewal,
    ApiKeys,
    Authenticator,
    BlockedAddresses,
    CredentialWatch,
    FirstAdminKey,
    Jwks,
    JwtVerifier,
    KeptCallers,
    KeyUsage,
    NamedKeys,
    OwnChildren,
    OwnPeers,
    PassportGate,
    TokenMint,
    TokenSecrets,
    TrustedNetwork,
    // guards run in this order: limits need to know the caller
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_GUARD, useClass: AdminChangesGuard },
  ],
  exports: [
    ApiKeys,
    Authenticator,
    BlockedAddresses,
    CredentialWatch,
    FirstAdminKey,
    KeptCallers,
    NamedKeys,
    OwnChildren,
    TokenMint,
    TrustedNetwork,
  ],
})
export class AccessModule {}
