import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { invalidField, OperationError, type RealtimeAnswer, type ToolCallResult } from '#libs/kit';
import type { CatalogOperation } from '../../catalog/catalog-entry.js';
import { Catalog } from '../../catalog/catalog.js';
import { asOperationError } from '../../errors/error-table.js';
import type { CallClient } from '../../execution/call-client.js';
import type { CallOrigin } from '../../execution/call-context.js';
import { CallEvents } from '../../execution/call-events.js';
import { OperationExecutor } from '../../execution/operation-executor.js';
import { toolErrorJson, toolResultJson } from '../../execution/tool-result.js';
import { originOf } from './call-origin.js';
import { CallingClient, FollowingClient } from './calling-client.js';
import type { Client } from './client.js';
import type { Message } from './messages.js';
import { realtimeError } from './realtime-error.js';

/** Runs tools for clients, by the one executor. */
@Injectable()
export class ToolCalls {
  constructor(
    private readonly executor: OperationExecutor,
    private readonly catalog: Catalog,
    private readonly events: CallEvents,
  ) {}

  async execute(client: Client, message: Message<'execute_tool'>): Promise<RealtimeAnswer<'execute_tool'>> {
    const { toolName, arguments: input, requestId = randomUUID() } = message;
    if (client.calls.has(requestId)) {
      throw invalidField('requestId', 'an id of no call that still runs', JSON.stringify(requestId));
    }
    const call = new AbortController();
    client.calls.set(requestId, call);
    try {
      const origin = { ...originOf(client, requestId), client: new CallingClient(call.signal) };
      const operation = await this.find(toolName, input, origin);
      const result = await this.executor.execute(operation.id, input, this.followed(operation, origin, call.signal));
      return { ok: true, requestId, result: JSON.parse(toolResultJson(result)) as ToolCallResult };
    } catch (cause) {
      return failure(call.signal.aborted ? cancelled() : asOperationError(cause), requestId);
    } finally {
      client.calls.delete(requestId);
    }
  }

  cancel(client: Client, { requestId }: Message<'cancel'>): RealtimeAnswer<'cancel'> {
    const call = client.calls.get(requestId);
    if (!call) throw new OperationError('unknown', 'No call with this requestId runs on this connection');
    call.abort();
    return { ok: true, requestId };
  }

  private async find(toolName: string, input: unknown, origin: CallOrigin): Promise<CatalogOperation> {
    try {
      return this.catalog.findTool(toolName, origin.caller);
    } catch (cause) {
      throw await this.executor.refuse(toolName, input, origin, cause);
    }
  }

  /** What an upstream tells of its progress is told on, as services' own is. */
  private followed(operation: CatalogOperation, origin: CallOrigin, signal: AbortSignal): CallOrigin {
    if (!operation.definition) return origin;
    const progressed: NonNullable<CallClient['progress']> = (...told) => {
      this.events.progressed(operation, origin, ...told);
    };
    return { ...origin, client: new FollowingClient(signal, origin.requestId, progressed) };
  }
}

/** Why a call was not made is for its client; why it failed is for the model too, in MCP's shape. */
function failure(error: OperationError, requestId: string): RealtimeAnswer<'execute_tool'> {
  const answer = { ok: false as const, error: realtimeError(error), requestId };
  if (error.kind === 'forbidden' || error.kind === 'limited' || error.kind === 'unauthenticated') return answer;
  return { ...answer, result: JSON.parse(toolErrorJson(error)) as ToolCallResult };
}

function cancelled(): OperationError {
  return new OperationError('failed', 'The call was cancelled');
}
