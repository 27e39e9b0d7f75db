import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { AdminChanges } from './admin-changes.js';
import { AddressLimits } from './address-limits.js';
import { CallerLimits } from './caller-limits.js';
import { ThrottlingStatistics } from './throttling-statistics.js';
import { ThrottlingSettings } from './throttling.settings.js';
import { WindowStorage } from './window-storage.js';

const MINUTE_MS = 60_000;

@Module({
  imports: [
    ThrottlerModule.forRootAsync({
      inject: [ThrottlingSettings],
      useFactory: (settings: ThrottlingSettings) => ({
        throttlers: [{ ttl: MINUTE_MS, limit: () => settings.maxAdminChangesPerMinute }],
        skipIf: () => settings.maxAdminChangesPerMinute === 0,
        storage: new WindowStorage(),
        setHeaders: false,
      }),
    }),
  ],
  providers: [AddressLimits, AdminChanges, CallerLimits, ThrottlingStatistics],
  exports: [AddressLimits, AdminChanges, CallerLimits, ThrottlingStatistics],
})
export class ThrottlingModule {}
