import { DataSource } from 'typeorm';
import type { StoreMigrationClass } from '#libs/kit';
import { AlertEntity } from './entities/alert.entity.js';
import { ApiKeyEntity } from './entities/api-key.entity.js';
import { ApprovalEntity } from './entities/approval.entity.js';
import { ConfigChangeEntity } from './entities/config-change.entity.js';
import { ConfigValueEntity } from './entities/config-value.entity.js';
import { IpBlockEntity } from './entities/ip-block.entity.js';
import { MetricPointEntity } from './entities/metric-point.entity.js';
import { NoticeEntity } from './entities/notice.entity.js';
import { StoredResultEntity } from './entities/stored-result.entity.js';
import { UpstreamEntity } from './entities/upstream.entity.js';
import { UpstreamGrantEntity } from './entities/upstream-grant.entity.js';
import { UpstreamOfferEntity } from './entities/upstream-offer.entity.js';
import { UpstreamToolEntity } from './entities/upstream-tool.entity.js';
import { ToolsetEntity } from './entities/toolset.entity.js';
import { ApiKeys1732147200000 } from './migrations/1732147200000-api-keys.js';
import { KeyLife1732147300000 } from './migrations/1732147300000-key-life.js';
import { Audit1732147400000 } from './migrations/1732147400000-audit.js';
import { StoredResults1732147500000 } from './migrations/1732147500000-stored-results.js';
import { Configuration1732147600000 } from './migrations/1732147600000-configuration.js';
import { Upstreams1732148100000 } from './migrations/1732148100000-upstreams.js';
import { RegisteredUpstreams1732148200000 } from './migrations/1732148200000-registered-upstreams.js';
import { UpstreamGrants1732148300000 } from './migrations/1732148300000-upstream-grants.js';
import { Approvals1732148500000 } from './migrations/1732148500000-approvals.js';
import { IpBlocks1732148600000 } from './migrations/1732148600000-ip-blocks.js';
import { TeamUsage1732148700000 } from './migrations/1732148700000-team-usage.js';
import { MetricPoints1732149200000 } from './migrations/1732149200000-metric-points.js';
import { Alerts1732149310000 } from './migrations/1732149310000-alerts.js';
import { Notices1732149300000 } from './migrations/1732149300000-notices.js';
import { AuditDeliveries1732149000000 } from './migrations/1732149000000-audit-deliveries.js';
import { Toolsets1732147710000 } from './migrations/1732147710000-toolsets.js';

const CONNECT_TIMEOUT_MS = 5_000;

interface DataSourceOptions {
  /** Of the services' tables. */
  migrations: readonly StoreMigrationClass[];
  connections: number;
  /** How long a statement may take, counted here, so that a server that fell silent holds nobody for ever. */
  statementMs?: number;
}

/** A data source over all entities and migrations of the store, not yet connected. */
export function makeDataSource(url: string, { migrations, connections, statementMs }: DataSourceOptions): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    applicationName: 'mcp-gateway',
    entities: [
      AlertEntity,
      ApiKeyEntity,
      ApprovalEntity,
      ConfigChangeEntity,
      ConfigValueEntity,
      IpBlockEntity,
      MetricPointEntity,
      NoticeEntity,
      StoredResultEntity,
      ToolsetEntity,
      UpstreamEntity,
      UpstreamGrantEntity,
      UpstreamOfferEntity,
      UpstreamToolEntity,
    ],
    migrations: [
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
      MetricPoints1732149200000,
      Notices1732149300000,
      Alerts1732149310000,
      AuditDeliveries1732149000000,
      ...migrations,
    ],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    // Means gen_random_uuid(), which needs no extension; the alternative is one that would have to be installed.
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    synchronize: false,
    logging: false,
    poolSize: connections,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    // A connection that breaks while it is idle is replaced by the pool; the store's own line tells about the outage.
    poolErrorHandler: () => undefined,
    extra: { keepAlive: true, query_timeout: statementMs },
  });
}
