import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { Catalog } from '../../catalog/catalog.js';
import { Toolsets } from '../../catalog/toolsets.js';
import { GatewayVersion } from '../../config/gateway-version.js';
import { iconsOf } from './icons.js';
import { isObject, type Params } from './messages.js';
import type { Scope } from './scope.js';
import { toolsetAt } from './toolset-address.js';
import { UpstreamAccess } from './upstream-access.js';

const INSTRUCTIONS =
  'The tools of this gateway reach many services. A tool is named after its service: postgres_query belongs to ' +
  'postgres. Errors say what was wrong and what to do next. Start with gateway_status when something does not answer.';
const SEARCH_INSTRUCTIONS =
  'The tools of this gateway reach many services; they are not listed but found. Say to search_tools what is to be ' +
  'done, read a tool with describe_tool, run it with call_tool. Errors say what was wrong and what to do next.';

/** The service about the gateway itself, whose picture is the gateway's. */
const OWN_SERVICE = 'gateway';

/** What a client is told when it comes. */
export interface Identity {
  readonly capabilities: Params;
  readonly serverInfo: Params;
  readonly instructions: string | undefined;
}

const ownCapabilities = {
  tools: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  prompts: { listChanged: true },
  completions: {},
  logging: {},
};

/** What the gateway says of itself, or of what stands at the client's address. */
@Injectable()
export class ServerIdentity {
  constructor(
    private readonly version: GatewayVersion,
    private readonly toolsets: Toolsets,
    private readonly upstreams: UpstreamAccess,
    private readonly catalog: Catalog,
  ) {}

  /** Throws 404 where there is nothing at the address; waits for an upstream that is being started. */
  async of(scope: Scope, caller: Caller, icons: boolean): Promise<Identity> {
    switch (scope.kind) {
      case 'server':
        return this.ofUpstream(scope.name, caller);
      case 'toolset':
        return this.own(toolsetAt(this.toolsets, scope.name).description ?? INSTRUCTIONS, icons);
      case 'search':
        return this.own(SEARCH_INSTRUCTIONS, icons);
      case 'all':
        return this.own(INSTRUCTIONS, icons);
    }
  }

  private own(instructions: string, icons: boolean): Identity {
    const own = this.catalog.services.find(({ name }) => name === OWN_SERVICE);
    const serverInfo = {
      ...{ name: 'mcp-gateway', title: 'MCP Gateway', version: this.version.number },
      ...(icons && iconsOf(own?.icon)),
    };
    return { capabilities: ownCapabilities, serverInfo, instructions };
  }

  private async ofUpstream(name: string, caller: Caller): Promise<Identity> {
    const upstream = await this.upstreams.reached(name, caller);
    const { capabilities, serverInfo, instructions } = upstream.offerTo(caller.id);
    return { capabilities: toldBy(capabilities), serverInfo, instructions };
  }
}

/** The gateway itself tells of changes, whether or not the upstream does, and takes levels of log lines. */
function toldBy(capabilities: Params): Params {
  const told: Params = {};
  for (const [name, value] of Object.entries(capabilities)) {
    if (lists.has(name)) told[name] = { ...(isObject(value) ? value : {}), listChanged: true };
    else if (others.has(name)) told[name] = value;
  }
  return told;
}

const lists = new Set(['tools', 'prompts', 'resources']);
const others = new Set(['completions', 'logging']);
