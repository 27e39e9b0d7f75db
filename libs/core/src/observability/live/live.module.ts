import { Global, Module } from '@nestjs/common';
import { LiveEvents } from './live-events.js';
import { LogEvents } from './log-events.js';
import { UpstreamEvents } from './upstream-events.js';

/** Global: any room may have something to tell. */
@Global()
@Module({ providers: [LiveEvents, LogEvents, UpstreamEvents], exports: [LiveEvents] })
export class LiveModule {}
