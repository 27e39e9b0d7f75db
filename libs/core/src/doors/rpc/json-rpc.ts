import { type OperationError } from '#libs/kit';
import { asOperationError, faceOf } from '../../errors/error-table.js';
import { errorJson } from '../../errors/json-rpc-error.js';
import { invalidRequest, ProtocolError, tooLarge } from '../../errors/protocol-error.js';
import { inTurns, MAX_BATCH } from '../../execution/batch.js';

/**
 * A method of the protocol: takes its params and answers its result as JSON. In a batch it may tell that it is over before
 * its result is there.
 */
export type RpcMethod<C> = (
  params: Record<string, unknown> | unknown[],
  context: C,
  onEnd?: () => void,
) => string | Promise<string>;

export interface RpcAnswer {
  status: number;
  /** Nothing, where there were only notifications. */
  json?: string;
  /** The error of a single request, for the headers that it brings. */
  error?: OperationError;
}

type Id = string | number | null;

/** JSON-RPC 2.0 over a table of methods: requests, notifications and batches, as its specification says. */
export class JsonRpc<C extends { requestId: string }> {
  constructor(private readonly methods: ReadonlyMap<string, RpcMethod<C>>) {}

  answer(body: unknown, context: C): Promise<RpcAnswer> {
    return Array.isArray(body) ? this.answerBatch(body, context) : this.answerOne(body, context);
  }

  private async answerBatch(body: readonly unknown[], context: C): Promise<RpcAnswer> {
    if (body.length === 0) return answerError(null, invalidRequest('The batch is empty'), context.requestId);
    if (body.length > MAX_BATCH) {
      return answerError(null, tooLarge(`a batch holds at most ${MAX_BATCH} requests`), context.requestId);
    }
    const answers = await inTurns(body, (entry, ended) => this.answerOne(entry, context, ended));
    const texts = answers.flatMap(({ json }) => json ?? []);
    return texts.length === 0 ? { status: 204 } : { status: 200, json: `[${texts.join(',')}]` };
  }

  private async answerOne(entry: unknown, context: C, onEnd?: () => void): Promise<RpcAnswer> {
    try {
      const request = readRequest(entry);
      // a notification is never answered, and so it must not do anything that its sender would have to know of
      if (request.id === undefined) return { status: 204 };
      const method = this.methods.get(request.method);
      if (!method)
        throw new ProtocolError(
          'unknown',
          `There is no method ${JSON.stringify(request.method.slice(0, 80))}`,
          200,
          -32601,
        );
      const result = await method(request.params, context, onEnd);
      return { status: 200, json: `{"jsonrpc":"2.0","result":${result},"id":${JSON.stringify(request.id)}}` };
    } catch (error) {
      return answerError(idOf(entry), asOperationError(error), context.requestId);
    }
  }
}

function answerError(id: Id, error: OperationError, requestId: string): RpcAnswer {
  return { status: faceOf(error).rpcStatus, json: errorJson(id, error, requestId), error };
}

interface RpcRequest {
  /** Undefined makes it a notification. */
  id: Id | undefined;
  method: string;
  params: Record<string, unknown> | unknown[];
}

function readRequest(entry: unknown): RpcRequest {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw invalidRequest('A request must be an object');
  }
  const { jsonrpc, id, method, params = {} } = entry as Record<string, unknown>;
  if (id !== undefined && !isId(id)) throw invalidRequest('id must be a string, a number up to 2^53 - 1, or null');
  if (jsonrpc !== '2.0') throw invalidRequest('jsonrpc must be "2.0"');
  if (typeof method !== 'string') throw invalidRequest('method must be a string');
  if (typeof params !== 'object' || params === null) throw invalidRequest('params must be an object or an array');
  return { id, method, params: params as RpcRequest['params'] };
}

/** The id of a request that is refused, where it has a good one. */
function idOf(entry: unknown): Id {
  const { id = null } = (entry ?? {}) as Record<string, unknown>;
  return isId(id) ? id : null;
}

function isId(id: unknown): id is Id {
  if (id === null || typeof id === 'string') return true;
  // a larger number would come back as another one
  return typeof id === 'number' && Math.abs(id) <= Number.MAX_SAFE_INTEGER;
}
