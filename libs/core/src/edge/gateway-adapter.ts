import { createServer } from 'node:http';
import { ExpressAdapter } from '@nestjs/platform-express';

/** How often node looks for requests that are over their time; its own 30 s would double every limit. */
const CHECK_CONNECTIONS_MS = 2_000;

/** Nest's Express, on a server that enforces its timeouts promptly. */
export class GatewayAdapter extends ExpressAdapter {
  override initHttpServer(): void {
    this.httpServer = createServer({ connectionsCheckingInterval: CHECK_CONNECTIONS_MS }, this.getInstance());
  }
}
