import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { Policy } from '../../access/policy/policy.js';
import { Catalog } from '../../catalog/catalog.js';
import type { Upstream, UpstreamOffer } from '../../upstreams/upstream.js';
import type { Exchange, Method } from './exchange.js';
import { unknownMethod } from './mcp-refusal.js';
import type { Params } from './messages.js';
import { onePage } from './params.js';
import { UpstreamAccess } from './upstream-access.js';

/** What is passed on as it is, and the capability that the upstream must have declared. */
const passed = new Map([
  ['resources/read', 'resources'],
  ['prompts/get', 'prompts'],
  ['completion/complete', 'completions'],
]);

/** The methods at an upstream's own address: its names, its definitions, its answers, member by member. */
@Injectable()
export class UpstreamMethods {
  readonly table: ReadonlyMap<string, Method> = new Map<string, Method>([
    ['tools/list', (params, exchange) => onePage(params, { tools: this.tools(exchange) })],
    ['resources/list', (params, exchange) => onePage(params, { resources: this.offer(exchange)?.resources ?? [] })],
    [
      'resources/templates/list',
      (params, exchange) => onePage(params, { resourceTemplates: this.offer(exchange)?.resourceTemplates ?? [] }),
    ],
    ['prompts/list', (params, exchange) => onePage(params, { prompts: this.offer(exchange)?.prompts ?? [] })],
    ...[...passed].map(
      ([method, capability]) =>
        [method, (params: Params, exchange: Exchange) => this.pass(method, capability, params, exchange)] as const,
    ),
  ]);

  constructor(
    private readonly catalog: Catalog,
    private readonly access: UpstreamAccess,
    private readonly policy: Policy,
  ) {}

  private tools({ scope, origin: { caller } }: Exchange): readonly object[] {
    const upstream = this.upstreamOf(scope, caller);
    const service = this.catalog.services.find((candidate) => candidate.name === upstream.name);
    const allowed = new Set(
      service?.operations.flatMap((operation) => (this.policy.mayCall(caller, operation) ? operation.name : [])),
    );
    return upstream.offerTo(caller.id).tools.filter((tool) => allowed.has(tool.name));
  }

  /** Resources and prompts are for whoever may read the upstream. */
  private rest({ scope, origin: { caller } }: Exchange): Upstream | undefined {
    const upstream = this.upstreamOf(scope, caller);
    return this.access.mayRead(caller, upstream.name) ? upstream : undefined;
  }

  private offer(exchange: Exchange): UpstreamOffer | undefined {
    return this.rest(exchange)?.offerTo(exchange.origin.caller.id);
  }

  private async pass(method: string, capability: string, params: Params, exchange: Exchange): Promise<string> {
    const upstream = this.rest(exchange);
    if (!upstream || !(capability in upstream.offerTo(exchange.origin.caller.id).capabilities))
      throw unknownMethod(method, 200);
    return JSON.stringify(await this.access.request(upstream, method, forwarded(params), exchange.origin));
  }

  private upstreamOf(scope: Exchange['scope'], caller: Caller): Upstream {
    return this.access.get('name' in scope ? scope.name : '', caller);
  }
}

/** Without what belongs to the hop from the client to here. */
function forwarded({ _meta: _, ...params }: Params): Params {
  return params;
}
