import { Injectable } from '@nestjs/common';
import type { OperationError } from '#libs/kit';
import { ApprovalsSettings } from '../../execution/approvals/approvals.settings.js';
import { ticketIn } from '../../execution/approvals/ticket.js';
import { SecretKey } from '../../store/secret-key.js';
import { StateSeal, type StateBinding } from './state-seal.js';

/** One request of a call that waits for a person. */
export interface ApprovalRound {
  /** Of the rounds before. */
  readonly ticket: string | undefined;
  /** Milliseconds since 1970; from then on the call is answered with its ticket. */
  readonly endsAt: number;
}

/** What its client carries from one to the next. */
interface Waiting {
  readonly ticket: string;
  readonly endsAt: number;
}

/**
 * Calls of 2026-07-28 that wait for a person hold no connection for long: each request is answered after a while with a
 * state, by which the client's next one goes on. Nothing of it is kept here, so that any replica can, also after a restart.
 */
@Injectable()
export class ApprovalRounds {
  private readonly seal: StateSeal<Waiting>;

  constructor(
    secretKey: SecretKey,
    private readonly settings: ApprovalsSettings,
  ) {
    this.seal = new StateSeal(secretKey, 'mcp approval rounds');
  }

  begin(): ApprovalRound {
    return { ticket: undefined, endsAt: Date.now() + this.settings.waitMs };
  }

  /** The round that a client's state leads to; undefined for a state of another kind, or of another call. */
  after(state: unknown, binding: StateBinding): ApprovalRound | undefined {
    return typeof state === 'string' ? this.seal.open(state, binding) : undefined;
  }

  /** How long the request of this round may be held. */
  holdMs({ endsAt }: ApprovalRound): number {
    return Math.max(0, Math.min(this.settings.roundMs, endsAt - Date.now()));
  }

  isLast({ endsAt }: ApprovalRound): boolean {
    return endsAt - Date.now() <= this.settings.roundMs;
  }

  /** The state to go on with where the call still waits; undefined for any other end. */
  stateOf(error: OperationError, { endsAt }: ApprovalRound, binding: StateBinding): string | undefined {
    const ticket = ticketIn(error);
    return ticket === undefined ? undefined : this.seal.seal({ ticket, endsAt }, binding);
  }
}
