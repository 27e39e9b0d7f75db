import { Injectable } from '@nestjs/common';
import type { OperationError } from '#libs/kit';
import type { CallOrigin } from '../../execution/call-context.js';
import { errorJson, JsonRpc, type RpcAnswer } from './json-rpc.js';
import { RpcMethods } from './rpc-methods.js';

/** The JSON-RPC door: what comes after reading the body, for the edge and for the plain path alike. */
@Injectable()
export class RpcDoor {
  static readonly paths: ReadonlySet<string> = new Set(['/mcp/rpc', '/api/mcp/jsonrpc']);
  private readonly rpc: JsonRpc<CallOrigin>;

  constructor(methods: RpcMethods) {
    this.rpc = new JsonRpc(methods.table);
  }

  answer(body: unknown, origin: CallOrigin): Promise<RpcAnswer> {
    return this.rpc.answer(body, origin);
  }

  /** An error that came before there was a request to answer. */
  static errorJson(id: null, error: OperationError, requestId: string): string {
    return errorJson(id, error, requestId);
  }
}
