import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { errorHeaders } from '../../errors/error-table.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { MAX_BATCH } from '../../execution/batch.js';
import { AddressLimits } from '../../throttling/address-limits.js';
import { CallLimits } from '../../throttling/call-limits.js';
import { JsonRpc, type RpcAnswer } from './json-rpc.js';
import { RpcMethods } from './rpc-methods.js';

/** The JSON-RPC door: what comes after reading the body, for the edge and for the plain path alike. */
@Injectable()
export class RpcDoor {
  static readonly paths: ReadonlySet<string> = new Set(['/mcp/rpc', '/api/mcp/jsonrpc']);
  private readonly rpc: JsonRpc<CallOrigin>;

  constructor(
    methods: RpcMethods,
    private readonly limits: CallLimits,
    private readonly addresses: AddressLimits,
  ) {
    this.rpc = new JsonRpc(methods.table);
  }

  /** Throws `limited` for a batch that its address may not send. */
  answer(body: unknown, origin: CallOrigin): Promise<RpcAnswer> {
    if (Array.isArray(body) && origin.request) {
      this.addresses.countMore(origin.request, Math.min(body.length, MAX_BATCH) - 1);
    }
    return this.rpc.answer(body, origin);
  }

  /** What an answer carries besides its body. */
  headersOf({ error }: RpcAnswer, caller: Caller): Record<string, string> {
    const limits = this.limits.headersFor(caller);
    return error ? Object.assign(limits, errorHeaders(error)) : limits;
  }
}
