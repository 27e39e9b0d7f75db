import pg from 'pg';
import { DataSource } from 'typeorm';
import type { StoreMigrationClass } from '#libs/kit';
import { addressOf } from './connection-address.js';
import { AlertEntity } from './entities/alert.entity.js';
import { ApiKeyEntity } from './entities/api-key.entity.js';
import { ApprovalEntity } from './entities/approval.entity.js';
import { BackgroundCallEntity } from './entities/background-call.entity.js';
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
import { PoolClient } from './pool-client.js';
import { OWN_MIGRATIONS } from './schema/known-migrations.js';

const CONNECT_TIMEOUT_MS = 5_000;
/** A password is changed at the server first: until it is changed here, calls are served by what is open. */
const IDLE_MS = 10 * 60_000;
/** Before what stands between, such as a NAT, forgets a connection that nobody uses. */
export const KEEP_ALIVE_AFTER_MS = 30_000;

interface DataSourceOptions {
  /** Of the services' tables. */
  migrations: readonly StoreMigrationClass[];
  connections: number;
  /** By which the server knows its connections; `DATABASE_URL` may have another one. */
  name?: string;
  /** Asked for with each connection, where it may be another one than the URL's. */
  password?: () => string;
  /** How long a statement may take, counted here, so that a server that fell silent holds nobody for ever. */
  statementMs?: number;
}

/** A data source over all entities and migrations of the store, not yet connected. */
export function makeDataSource(
  url: string,
  { migrations, connections, name = 'mcp-gateway', password, statementMs }: DataSourceOptions,
): DataSource {
  const address = addressOf(url);
  return new DataSource({
    type: 'postgres',
    // else TypeORM looks for it by its name, and a bundled gateway holds two of it
    driver: pg,
    applicationName: name,
    entities: [
      AlertEntity,
      ApiKeyEntity,
      ApprovalEntity,
      BackgroundCallEntity,
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
    migrations: [...OWN_MIGRATIONS, ...migrations],
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
    extra: {
      ...address,
      password: password ?? address.password,
      Client: PoolClient,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      idleTimeoutMillis: IDLE_MS,
      query_timeout: statementMs,
    },
  });
}
