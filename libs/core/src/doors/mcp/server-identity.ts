import { Injectable } from '@nestjs/common';
import { GatewayVersion } from '../../config/gateway-version.js';
import type { ShownTools } from './shown-tools.js';

const INSTRUCTIONS =
  'The tools of this gateway reach many services. A tool is named after its service: postgres_query belongs to ' +
  'postgres. Errors say what was wrong and what to do next. Start with gateway_status when something does not answer.';
const SEARCH_INSTRUCTIONS =
  'The tools of this gateway reach many services; they are not listed but found. Say to search_tools what is to be ' +
  'done, read a tool with describe_tool, run it with call_tool. Errors say what was wrong and what to do next.';

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

  constructor(private readonly version: GatewayVersion) {}

  instructions(shown: ShownTools): string {
    return shown === 'search' ? SEARCH_INSTRUCTIONS : INSTRUCTIONS;
  }

  get info() {
    return { name: 'mcp-gateway', title: 'MCP Gateway', version: this.version.number };
  }
}
