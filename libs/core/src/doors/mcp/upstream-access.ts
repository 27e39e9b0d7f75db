import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { KeptCallers } from '../../access/kept-callers.js';
import { Policy } from '../../access/policy/policy.js';
import { Catalog } from '../../catalog/catalog.js';
import { CallContext, type CallOrigin } from '../../execution/call-context.js';
import { Guardrails } from '../../execution/guardrails/guardrails.js';
import { UpstreamError, type Params } from '../../upstreams/connection.js';
import { clientOf, ownerOf, refusedBy, withoutEnvelope } from '../../upstreams/upstream-tool.js';
import { Upstreams, type Upstream } from '../../upstreams/upstream.js';
import { unknownAddress } from './mcp-refusal.js';

/** How long a request that is no call may take, in milliseconds, without what its client takes to answer. */
const REQUEST_MS = 30_000;
/** A client that opens a session waits for a server that is being started. */
const FIRST_CONTACT_MS = 60_000;

/** The upstreams that a caller may use, and requests to them that are no calls of tools. */
@Injectable()
export class UpstreamAccess {
  constructor(
    private readonly upstreams: Upstreams,
    private readonly catalog: Catalog,
    private readonly policy: Policy,
    private readonly guardrails: Guardrails,
    private readonly callers: KeptCallers,
  ) {}

  /** Whether a caller may know of an upstream's resources and prompts: one rule for listing, reading and being told. */
  mayRead(caller: Caller, name: string): boolean {
    return this.policy.mayUse(caller, name);
  }

  /** As `mayRead`, for a caller whose stream was opened some time ago, by what it may do now. */
  mayStillRead(caller: Caller, name: string): boolean {
    const now = this.callers.again(caller);
    return now !== undefined && this.mayRead(now, name);
  }

  /** Those of whose resources and prompts the caller may know. */
  visibleTo(caller: Caller): Upstream[] {
    return this.upstreams.all().filter(({ name }) => this.mayRead(caller, name));
  }

  /** Throws 404 for one that is not there, or of which the caller may use nothing: that it is there is its business. */
  get(name: string, caller: Caller): Upstream {
    const upstream = this.upstreams.find(name);
    const service = this.catalog.services.find((candidate) => candidate.name === name);
    const isVisible =
      this.mayRead(caller, name) || service?.operations.some((operation) => this.policy.mayCall(caller, operation));
    if (!upstream || isVisible !== true) throw unknownAddress(`There is no upstream ${JSON.stringify(name)}`);
    return upstream;
  }

  /** As `get`, once it was reached; what was kept of it before is good enough where it can't be. */
  async reached(name: string, caller: Caller): Promise<Upstream> {
    const upstream = this.get(name, caller);
    try {
      await upstream.reached(FIRST_CONTACT_MS, caller.id);
    } catch (error) {
      if (Object.keys(upstream.offer.capabilities).length === 0) throw error;
    }
    return upstream;
  }

  /**
   * Rejects with the error that the upstream answered, under our own codes; its cause has the upstream's. `owner` is for whom
   * something is kept at the upstream until it is released, where that is not the client of the request.
   */
  async request(
    upstream: Upstream,
    method: string,
    params: Params,
    origin: CallOrigin,
    owner?: string,
  ): Promise<Params> {
    const context = new CallContext(origin, `${method} of ${upstream.name}`, REQUEST_MS);
    const { caller } = origin;
    const call = {
      signal: context.signal,
      client: clientOf(context, (said) => this.guardrails.fromUpstream(said)),
      ...ownerOf(context),
      callerId: caller.id,
    };
    const owned = owner === undefined ? call : { ...call, owner };
    try {
      const answer = await context.settle(upstream.request(method, params, owned), origin);
      return this.guardrails.fromUpstream(withoutEnvelope(upstream.name, answer));
    } catch (error) {
      if (error instanceof UpstreamError) throw this.guardrails.error(refusedBy(upstream.name, error));
      throw error;
    }
  }

  /** Ends what a session listens to, and nothing else of it. */
  stopListening(owner: string): void {
    for (const upstream of this.upstreams.all()) upstream.stopListening(owner);
  }

  /** Ends what was opened or kept for a session or a listener. */
  release(owner: string): void {
    for (const upstream of this.upstreams.all()) upstream.release(owner);
  }
}
