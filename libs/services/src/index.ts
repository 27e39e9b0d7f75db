import { GatewayModule } from './gateway/gateway.module.js';
import { GithubModule } from './github/github.module.js';
import { MemoryModule } from './memory/memory.module.js';
import { N8nModule } from './n8n/n8n.module.js';
import { PostgresModule } from './postgres/postgres.module.js';
import { WebModule } from './web/web.module.js';
import { WorkspaceModule } from './workspace/workspace.module.js';

/** Every service of the gateway. A new one is a folder beside these and a word here. */
export const services = [
  GatewayModule,
  GithubModule,
  MemoryModule,
  N8nModule,
  PostgresModule,
  WebModule,
  WorkspaceModule,
];
