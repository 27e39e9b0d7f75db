import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { GatewayFacts, ToolSearch } from '#libs/kit';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { CatalogFacts } from './catalog-facts.js';
import { CatalogController } from './catalog.controller.js';
import { CatalogExplorer } from './catalog.explorer.js';
import { Catalog } from './catalog.js';
import { CatalogView } from './catalog.view.js';
import { CatalogSearch } from './search/catalog-search.js';
import { TokenCosts } from './token-costs.js';
import { StoredToolsets } from './stored-toolsets.js';
import { Toolsets } from './toolsets.js';

/** Global for the sake of services, which can't import it and may inject `GatewayFacts` and `ToolSearch`. */
@Global()
@Module({
  imports: [DiscoveryModule, ThrottlingModule],
  controllers: [CatalogController],
  providers: [
    Catalog,
    CatalogExplorer,
    CatalogView,
    TokenCosts,
    StoredToolsets,
    Toolsets,
    { provide: GatewayFacts, useClass: CatalogFacts },
    { provide: ToolSearch, useClass: CatalogSearch },
  ],
  exports: [Catalog, CatalogView, StoredToolsets, Toolsets, GatewayFacts, ToolSearch],
})
export class CatalogModule {}
