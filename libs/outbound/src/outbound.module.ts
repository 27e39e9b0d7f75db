import { Global, Module } from '@nestjs/common';
import { Breakers } from './breakers.js';
import { HttpClient } from './http-client.js';
import { NameResolver } from './name-resolver.js';
import { OriginPools } from './origin-pools.js';
import { ProxyRoutes } from './proxy-routes.js';
import { UrlGuard } from './url-guard.js';

/** Everything that goes out over HTTP, and the breakers of all back ends. Injectable by every service. */
@Global()
@Module({
  providers: [Breakers, HttpClient, NameResolver, OriginPools, ProxyRoutes, UrlGuard],
  exports: [Breakers, HttpClient, UrlGuard],
})
export class OutboundModule {}
