import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { AdminChanges } from './admin-changes.js';
import { AddressLimits } from './address-limits.js';
import { AutomaticBlocks } from './blocks/automatic-blocks.js';
import { IpBlocks } from './blocks/ip-blocks.js';
import { CallLimits } from './call-limits.js';
import { EarlierSpending } from './earlier-spending.js';
import { SharedCalls } from './leases/shared-calls.js';
import { SharedPlaces } from './leases/shared-places.js';
import { SharedWindows } from './leases/shared-windows.js';
import { SharedSpending } from './shared-spending.js';
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
  providers: [
    AddressLimits,
    AdminChanges,
    AutomaticBlocks,
    CallLimits,
    EarlierSpending,
    IpBlocks,
    SharedCalls,
    SharedPlaces,
    SharedSpending,
    SharedWindows,
    ThrottlingStatistics,
  ],
  exports: [AddressLimits, AdminChanges, AutomaticBlocks, CallLimits, IpBlocks, ThrottlingStatistics],
})
export class ThrottlingModule {}
