import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { upstreamToolName } from '../../catalog/names.js';
import type { CallOrigin } from '../../execution/call-context.js';
import type { Params } from '../../upstreams/connection.js';
import { ownAddress, promptIn, resourceIn, templateIn } from '../../upstreams/upstream-addresses.js';
import type { Upstream } from '../../upstreams/upstream.js';
import { isObject } from './messages.js';
import type { Completion } from './params.js';
import { UpstreamAccess } from './upstream-access.js';

/** Prompts and resources of all upstreams among the gateway's own, under names and addresses that can't meet. */
@Injectable()
export class UpstreamOffers {
  constructor(private readonly access: UpstreamAccess) {}

  prompts(caller: Caller): Params[] {
    return this.each(caller, (upstream) =>
      upstream.offerTo(caller.id).prompts.map((prompt) => promptIn(upstream, prompt)),
    );
  }

  resources(caller: Caller): Params[] {
    return this.each(caller, (upstream) =>
      upstream.offerTo(caller.id).resources.map((resource) => resourceIn(upstream, resource)),
    );
  }

  templates(caller: Caller): Params[] {
    return this.each(caller, (upstream) =>
      upstream.offerTo(caller.id).resourceTemplates.map((template) => templateIn(upstream, template)),
    );
  }

  /** Undefined where no upstream has a prompt of that name. */
  async prompt(name: string, given: Params, origin: CallOrigin): Promise<Params | undefined> {
    const found = this.findPrompt(name, origin.caller);
    if (!found) return undefined;
    const params = { name: found.own, arguments: given };
    return this.access.request(found.upstream, 'prompts/get', params, origin);
  }

  /** Undefined for an address that is no upstream's; its contents have the addresses that they were read by. */
  async read(uri: string, origin: CallOrigin): Promise<unknown[] | undefined> {
    const found = this.findResource(uri, origin.caller);
    if (!found) return undefined;
    const { upstream } = found;
    const { contents } = await this.access.request(upstream, 'resources/read', { uri: found.own }, origin);
    if (!Array.isArray(contents)) return [];
    return contents.map((content) => (isObject(content) ? resourceIn(upstream, content) : (content as unknown)));
  }

  /** What an upstream would complete; undefined where the reference is none of theirs. */
  async complete({ ref, ...more }: Completion, origin: CallOrigin): Promise<unknown> {
    const { caller } = origin;
    const found = ref.type === 'ref/prompt' ? this.findPrompt(ref.name, caller) : this.findResource(ref.uri, caller);
    if (!found || !('completions' in found.upstream.offerTo(caller.id).capabilities)) return undefined;
    const own = ref.type === 'ref/prompt' ? { ...ref, name: found.own } : { ...ref, uri: found.own };
    const params = { ref: own, ...more };
    const { completion } = await this.access.request(found.upstream, 'completion/complete', params, origin);
    return completion;
  }

  /** Where an upstream's resource is that a client names by its address here. */
  findResource(uri: string, caller: Caller): { upstream: Upstream; own: string } | undefined {
    const address = ownAddress(uri);
    const upstream = address && this.access.visibleTo(caller).find(({ name }) => name === address.upstream);
    return upstream && { upstream, own: address.uri };
  }

  private findPrompt(name: string, caller: Caller): { upstream: Upstream; own: string } | undefined {
    for (const upstream of this.access.visibleTo(caller)) {
      const prompt = upstream
        .offerTo(caller.id)
        .prompts.find((each) => upstreamToolName(upstream.name, each.name) === name);
      if (prompt) return { upstream, own: prompt.name };
    }
    return undefined;
  }

  private each(caller: Caller, list: (upstream: Upstream) => Params[]): Params[] {
    return this.access.visibleTo(caller).flatMap(list);
  }
}
