import { Injectable } from '@nestjs/common';
import { GatewayVersion } from '../../config/gateway-version.js';

/** What the gateway says of itself when a client comes. */
@Injectable()
export class ServerIdentity {
  readonly capabilities = {
    tools: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    prompts: { listChanged: true },
    completions: {},
    logging: {},
  };
  readonly instructions =
    'The tools of this gateway reach many services. A tool is named after its service: postgres_query belongs to ' +
    'postgres. Errors say what was wrong and what to do next. Start with gateway_status when something does not answer.';

  constructor(private readonly version: GatewayVersion) {}

  get info() {
    return { name: 'mcp-gateway', title: 'MCP Gateway', version: this.version.number };
  }
}
