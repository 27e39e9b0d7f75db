import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { OperationError } from '#libs/kit';
import { ReplicaId } from '../../replicas/replica-id.js';
import { SecretKey } from '../../store/secret-key.js';
import type { AskingCall } from './asking-call.js';
import { CallerCounts } from './caller-counts.js';
import { badParams } from './mcp-refusal.js';
import { StateSeal, type SealedState, type StateBinding } from './state-seal.js';

/** How long a client may take to answer. */
const PARKED_MS = 10 * 60_000;
const MAX_PARKED = 1_000;
const MAX_PER_CALLER = 100;

interface Parked {
  readonly call: AskingCall;
  readonly timer: NodeJS.Timeout;
}

/** Calls that wait for their client to come back with answers, in the memory of this process. */
@Injectable()
export class ParkedCalls implements OnApplicationShutdown {
  private readonly byTicket = new Map<string, Parked>();
  private readonly perCaller = new CallerCounts(MAX_PER_CALLER);
  private readonly seal: StateSeal;

  constructor(
    secretKey: SecretKey,
    private readonly replica: ReplicaId,
  ) {
    this.seal = new StateSeal(secretKey, 'mcp request state');
  }

  /**
   * Answers the state that the client brings back. The caller's oldest call gives way where too many of its calls wait:
   * many a client never comes back. Throws `limited` where too many of all callers do, and ends the call.
   */
  park(call: AskingCall, binding: StateBinding): string {
    if (!this.perCaller.take(binding.callerId)) {
      this.dropOldestOf(binding.callerId);
      this.perCaller.take(binding.callerId);
    }
    if (this.byTicket.size >= MAX_PARKED) {
      this.perCaller.give(binding.callerId);
      call.cancel();
      throw new OperationError('limited', 'Too many calls wait for answers already; try again later', {
        retryAfterMs: 10_000,
      });
    }
    const ticket = randomUUID();
    const timer = setTimeout(() => {
      this.drop(ticket);
    }, PARKED_MS).unref();
    this.byTicket.set(ticket, { call, timer });
    return this.seal.seal({ ticket, replica: this.replica.text, expiresAt: Date.now() + PARKED_MS }, binding);
  }

  /** The replica at which the call waits that a state is for. Throws -32602. */
  replicaOf(state: unknown, binding: StateBinding): string {
    return this.opened(state, binding).replica;
  }

  /** The call that a state is for, which waits no longer. Throws -32602. */
  take(state: unknown, binding: StateBinding): AskingCall {
    const { ticket, expiresAt } = this.opened(state, binding);
    const call = this.leave(ticket)?.call;
    if (call && Date.now() <= expiresAt) return call;
    call?.cancel();
    throw badParams('requestState: it was used before or has expired; make the call again without it');
  }

  private opened(state: unknown, binding: StateBinding): SealedState {
    const opened = typeof state === 'string' ? this.seal.open(state, binding) : undefined;
    if (opened) return opened;
    throw badParams(
      'requestState: it was not given for this call; send it back unchanged, as the same caller, with the same tool and arguments',
    );
  }

  endOf(callerId: string): void {
    for (const [ticket, { call }] of this.byTicket) if (call.callerId === callerId) this.drop(ticket);
  }

  onApplicationShutdown(): void {
    for (const ticket of this.byTicket.keys()) this.drop(ticket);
  }

  private dropOldestOf(callerId: string): void {
    const oldest = [...this.byTicket].find(([, { call }]) => call.callerId === callerId);
    if (oldest) this.drop(oldest[0]);
  }

  private drop(ticket: string): void {
    this.leave(ticket)?.call.cancel();
  }

  private leave(ticket: string): Parked | undefined {
    const parked = this.byTicket.get(ticket);
    if (!parked) return undefined;
    clearTimeout(parked.timer);
    this.byTicket.delete(ticket);
    this.perCaller.give(parked.call.callerId);
    return parked;
  }
}
