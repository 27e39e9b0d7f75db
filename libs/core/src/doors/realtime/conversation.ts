import { Injectable, Logger } from '@nestjs/common';
import { OperationError, type RealtimeAck } from '#libs/kit';
import type { CallerAccess } from '../../access/access.decorator.js';
import { Policy } from '../../access/policy/policy.js';
import { checkedJson } from '../../edge/json-body.js';
import { asOperationError } from '../../errors/error-table.js';
import { invalidRequest } from '../../errors/protocol-error.js';
import { invalidInput } from '../../execution/input-issues.js';
import { limited } from '../../throttling/limited.js';
import { wholeMs } from '../../throttling/sliding-window.js';
import type { Client } from './client.js';
import { callerOf } from './known-caller.js';
import { MessageTable } from './message-table.js';
import { shapes, type MessageName } from './messages.js';
import { realtimeError } from './realtime-error.js';
import { RealtimeSettings } from './realtime.settings.js';
import { SocketAccess } from './socket-access.js';

/** By how much a client may exceed its limit before it is cut. */
const FLOOD = 5;
const SECOND_MS = 1_000;

interface AnyHandler {
  readonly access: CallerAccess;
  answer(client: Client, message: unknown): RealtimeAck | Promise<RealtimeAck>;
}

/** What is answered to a client's messages, whichever way they came. */
@Injectable()
export class Conversation {
  private readonly logger = new Logger('Realtime');

  constructor(
    private readonly table: MessageTable,
    private readonly access: SocketAccess,
    private readonly settings: RealtimeSettings,
    private readonly policy: Policy,
  ) {}

  /** With more messages than that in a second a connection is cut. */
  get mostInSecond(): number {
    return (this.settings.maxMessagesPerSecond || Infinity) * FLOOD;
  }

  /** Never rejects. */
  async answer(client: Client, name: unknown, payloads: readonly unknown[]): Promise<RealtimeAck> {
    try {
      this.count(client);
      if (typeof name !== 'string') throw invalidRequest('A message has a name, a text');
      if (!isMessage(name)) throw unknownMessage(name);
      // each takes what its own shape has let through
      const handler = this.table.handlers[name] as unknown as AnyHandler;
      await this.requireAccess(client, name, handler.access);
      if (payloads.length > 1) throw invalidRequest('A message has one payload, an object');
      const given = checkedJson(payloads[0] ?? {});
      const parsed = shapes[name].safeParse(given);
      if (!parsed.success) throw invalidInput(parsed.error, given);
      return await handler.answer(client, parsed.data);
    } catch (cause) {
      return { ok: false, error: realtimeError(this.toldOf(cause)) };
    }
  }

  /** For what came in and is no message at all. */
  refuse(client: Client, cause: unknown): void {
    try {
      this.count(client);
      throw cause;
    } catch (error) {
      client.send('error', realtimeError(this.toldOf(error)));
    }
  }

  /** Ends a client of which so many messages came at once that it is cut whatever they say. */
  endFlood(client: Client): void {
    const { maxMessagesPerSecond } = this.settings;
    client.end(tooMany(maxMessagesPerSecond, SECOND_MS));
  }

  /** Each message is decided as a request would be: by what its sender's credential is worth now. */
  private async requireAccess(client: Client, name: string, access: CallerAccess): Promise<void> {
    if (access === 'public') return;
    const over = await this.access.renew(client);
    if (over) throw over;
    const caller = callerOf(client);
    if (access !== 'any caller') this.policy.requireAct(caller, access, name);
  }

  private count(client: Client): void {
    const limit = this.settings.maxMessagesPerSecond;
    if (limit === 0) return;
    const now = wholeMs();
    const used = client.messages.used(now);
    const retryAfterMs = client.messages.retryAfterMs(limit, now);
    client.messages.add(1, limit, now);
    if (used < limit) return;
    const error = tooMany(limit, retryAfterMs);
    if (used >= this.mostInSecond) client.end(error);
    throw error;
  }

  private toldOf(cause: unknown): OperationError {
    const error = asOperationError(cause);
    if (error !== cause)
      this.logger.error('A message could not be answered', cause instanceof Error ? cause.stack : '');
    return error;
  }
}

function isMessage(name: string): name is MessageName {
  return Object.hasOwn(shapes, name);
}

function tooMany(limit: number, retryAfterMs: number): OperationError {
  const what = `This connection has sent the ${limit} messages that it may in a second`;
  return limited(what, 'messagesPerSecond', limit, retryAfterMs);
}

function unknownMessage(name: string): OperationError {
  const known = Object.keys(shapes).join(', ');
  return new OperationError('unknown', `There is no message ${JSON.stringify(name.slice(0, 100))}; there are ${known}`);
}
