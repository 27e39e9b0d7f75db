import { Global, Module } from '@nestjs/common';
import { CallHistory } from '#libs/kit';
import { AuditedActs } from './audited-acts.js';
import { AuditRetention } from './audit-retention.js';
import { AuditSearch } from './audit-search.js';
import { AuditStore } from './audit-store.js';
import { AuditTrail } from './audit-trail.js';
import { AuditVerifier } from './audit-verifier.js';
import { CallerHistory } from './caller-history.js';
import { CheckpointRenewal } from './checkpoint-renewal.js';
import { CheckpointSeal } from './checkpoint-seal.js';
import { AuditDeliveries } from './delivery/audit-deliveries.js';
import { WaitingLines } from './delivery/waiting-lines.js';
import { PastCalls } from './past-calls.js';
import { PastSpending } from './past-spending.js';
import { Usage } from './usage.js';

/** Global for the sake of services, which can't import it and may inject `CallHistory`. */
@Global()
@Module({
  providers: [
    AuditDeliveries,
    AuditedActs,
    AuditRetention,
    AuditSearch,
    AuditStore,
    AuditTrail,
    AuditVerifier,
    CheckpointRenewal,
    CheckpointSeal,
    PastCalls,
    PastSpending,
    Usage,
    WaitingLines,
    { provide: CallHistory, useClass: CallerHistory },
  ],
  exports: [
    AuditDeliveries,
    AuditedActs,
    AuditRetention,
    AuditSearch,
    AuditTrail,
    AuditVerifier,
    CallHistory,
    PastCalls,
    PastSpending,
    Usage,
  ],
})
export class AuditModule {}
