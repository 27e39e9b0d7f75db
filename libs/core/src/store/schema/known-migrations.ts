import type { MigrationInterface } from 'typeorm';
import type { StoreMigrationClass } from '#libs/kit';
import { ApiKeys1732147200000 } from '../migrations/1732147200000-api-keys.js';
import { KeyLife1732147300000 } from '../migrations/1732147300000-key-life.js';
import { Audit1732147400000 } from '../migrations/1732147400000-audit.js';
import { StoredResults1732147500000 } from '../migrations/1732147500000-stored-results.js';
import { Configuration1732147600000 } from '../migrations/1732147600000-configuration.js';
import { Toolsets1732147710000 } from '../migrations/1732147710000-toolsets.js';
import { Upstreams1732148100000 } from '../migrations/1732148100000-upstreams.js';
import { RegisteredUpstreams1732148200000 } from '../migrations/1732148200000-registered-upstreams.js';
import { UpstreamGrants1732148300000 } from '../migrations/1732148300000-upstream-grants.js';
import { Approvals1732148500000 } from '../migrations/1732148500000-approvals.js';
import { IpBlocks1732148600000 } from '../migrations/1732148600000-ip-blocks.js';
import { TeamUsage1732148700000 } from '../migrations/1732148700000-team-usage.js';
import { AuditDeliveries1732149000000 } from '../migrations/1732149000000-audit-deliveries.js';
import { MetricPoints1732149200000 } from '../migrations/1732149200000-metric-points.js';
import { Notices1732149300000 } from '../migrations/1732149300000-notices.js';
import { Alerts1732149310000 } from '../migrations/1732149310000-alerts.js';
import { SecretRollover1732149320000 } from '../migrations/1732149320000-secret-rollover.js';
import { BackgroundCalls1732149400000 } from '../migrations/1732149400000-background-calls.js';
import { KeptBackgroundCalls1732149500000 } from '../migrations/1732149500000-kept-background-calls.js';
import { SharedAlerts1732149600000 } from '../migrations/1732149600000-shared-alerts.js';
import { GrantTurns1732149730000 } from '../migrations/1732149730000-grant-turns.js';
import { ToldChanges1732149740000 } from '../migrations/1732149740000-told-changes.js';

/** Of the gateway's own tables; those of services come on top. */
export const OWN_MIGRATIONS: readonly (new () => MigrationInterface & { readonly name: string })[] = [
  ApiKeys1732147200000,
  KeyLife1732147300000,
  Audit1732147400000,
  StoredResults1732147500000,
  Configuration1732147600000,
  Toolsets1732147710000,
  Upstreams1732148100000,
  RegisteredUpstreams1732148200000,
  UpstreamGrants1732148300000,
  Approvals1732148500000,
  IpBlocks1732148600000,
  TeamUsage1732148700000,
  AuditDeliveries1732149000000,
  MetricPoints1732149200000,
  Notices1732149300000,
  Alerts1732149310000,
  SecretRollover1732149320000,
  BackgroundCalls1732149400000,
  KeptBackgroundCalls1732149500000,
  SharedAlerts1732149600000,
  GrantTurns1732149730000,
  ToldChanges1732149740000,
];

/** Names of all migrations that this gateway knows, in the order in which they run. */
export function knownMigrations(ofServices: readonly StoreMigrationClass[]): string[] {
  const names = [...OWN_MIGRATIONS, ...ofServices].map((migration) => new migration().name);
  return names.sort((a, b) => timestampOf(a) - timestampOf(b));
}

function timestampOf(name: string): number {
  return Number(name.slice(-13));
}
