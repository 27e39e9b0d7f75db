import { Injectable } from '@nestjs/common';
import type { Caller } from '#libs/kit';
import { errorHeaders } from '../../errors/error-table.js';
import type { CallOrigin } from '../../execution/call-context.js';
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
  ) {
    this.rpc = new JsonRpc(methods.table);
  }

  answer(body: unknown, origin: CallOrigin): Promise<RpcAnswer> {
    return this.rpc.answer(body, origin);
  }

  /** What an answer carries besides its body. */
  headersOf({ error }: RpcAnswer, caller: Caller): Record<string, string> {
    const limits = this.limits.headersFor(caller);
    return error ? Object.assign(limits, errorHeaders(error)) : limits;
  }
}
