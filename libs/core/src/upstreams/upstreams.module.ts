import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessModule } from '../access/access.module.js';
import { GuardrailsModule } from '../execution/guardrails/guardrails.module.js';
import { AllowedAddresses } from './allowed-addresses.js';
import { CallbackController } from './auth/callback.controller.js';
import { Grants } from './auth/grants.js';
import { UpstreamCredentials } from './auth/upstream-credentials.js';
import { ConfiguredUpstreams } from './configured-upstreams.js';
import { HiddenFiles } from './hidden-files.js';
import { Openers } from './openers.js';
import { PinStore } from './pin-store.js';
import { RegisteredUpstreams } from './registered-upstreams.js';
import { ReloadedUpstreams } from './reloaded-upstreams.js';
import { SessionPlaces } from './session-places.js';
import { SupervisedUpstreams } from './supervised-upstreams.js';
import { UpstreamServices } from './upstream-services.js';
import { Upstreams } from './upstream.js';

/** The MCP servers behind the gateway. Global: whoever lists, calls or counts them injects `Upstreams`. */
@Global()
@Module({
  imports: [AccessModule, DiscoveryModule, GuardrailsModule],
  controllers: [CallbackController],
  providers: [
    AllowedAddresses,
    ConfiguredUpstreams,
    Grants,
    HiddenFiles,
    Openers,
    PinStore,
    RegisteredUpstreams,
    ReloadedUpstreams,
    SessionPlaces,
    SupervisedUpstreams,
    UpstreamCredentials,
    UpstreamServices,
    { provide: Upstreams, useExisting: SupervisedUpstreams },
  ],
  exports: [RegisteredUpstreams, SupervisedUpstreams, Upstreams],
})
export class UpstreamsModule {}
