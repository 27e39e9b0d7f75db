import { Injectable } from '@nestjs/common';
import type { Action, Caller } from '#libs/kit';
import { forbidden, type Guarded } from '../permissions.js';
import { CompiledPolicy } from './compiled-policy.js';
import { resolvedInput } from './condition.js';
import { requireGrantable, type Grant } from './grantable.js';
import { PolicySettings } from './policy.settings.js';
import { deniedByRule, notAllowedWith } from './refusals.js';
import type { Verdict } from './standing.js';
import { decidedWith } from './with-arguments.js';

/** An operation whose arguments may need more than itself. */
interface Callable extends Guarded {
  readonly argumentPermission?: ((input: Record<string, unknown>) => Action | undefined) | undefined;
}

/** The one decision by which listings, calls and routes go: permissions, roles, and the rules of the setting `policies`. */
@Injectable()
export class Policy {
  private compiled: CompiledPolicy;
  private source: PolicySettings['policies'];

  constructor(private readonly settings: PolicySettings) {
    this.source = settings.policies;
    this.compiled = new CompiledPolicy(this.source);
  }

  /** The policy as it stands; a change at runtime makes another one. */
  get current(): CompiledPolicy {
    if (this.source !== this.settings.policies) {
      this.source = this.settings.policies;
      this.compiled = new CompiledPolicy(this.source);
    }
    return this.compiled;
  }

  /** Whether the caller may call an operation, with some arguments at least. */
  mayCall(caller: Caller, operation: Guarded): boolean {
    return isOpen(this.current.verdictOn(caller, operation));
  }

  /** Whether the caller may read what a service offers besides its operations. */
  mayUse(caller: Caller, service: string): boolean {
    return isOpen(this.current.verdictOnService(caller, service));
  }

  /** Whether the caller holds an action everywhere, as addresses outside any service need it. */
  mayAct(caller: Caller, action: Action): boolean {
    return isOpen(this.current.verdictOnAction(caller, action));
  }

  /** Throws `forbidden` where no arguments would do. */
  requireCall(caller: Caller, operation: Guarded): void {
    refuse(this.current.verdictOn(caller, operation), caller, operation.id, operation.permission);
  }

  /** Throws `forbidden` where these arguments, parsed, may not be. */
  requireArguments(caller: Caller, operation: Callable, input: Record<string, unknown>): void {
    this.requireAction(caller, operation, operation.permission, input);
    const also = operation.argumentPermission?.(input);
    if (also !== undefined && also !== operation.permission) this.requireAction(caller, operation, also, input);
  }

  /** Throws `forbidden` for what the policy forbids a caller, whatever it holds. */
  requireNotDenied(caller: Caller, operation: Guarded): void {
    const verdict = this.current.verdictOn(caller, operation);
    if (verdict.kind === 'denied') throw deniedByRule(caller, operation.id, verdict.by);
  }

  /** Throws `forbidden` for an action at an address outside any service. */
  requireAct(caller: Caller, action: Action, what: string): void {
    refuse(this.current.verdictOnAction(caller, action), caller, what, action);
  }

  /** Throws `forbidden` where the caller would hand on what it does not hold itself, and `invalid` for an unknown role. */
  requireGrantable(caller: Caller, grant: Grant, added?: readonly string[]): void {
    requireGrantable(this.current, caller, grant, added);
  }

  private requireAction(caller: Caller, operation: Guarded, action: Action, input: Record<string, unknown>): void {
    const verdict = this.current.verdictOn(caller, operation, action);
    refuse(verdict, caller, `${operation.id} with these arguments`, action);
    if (verdict.kind !== 'allowed' && verdict.kind !== 'conditional') return;
    const decided = decidedWith(verdict, () => resolvedInput(operation, input));
    if (decided.allowed) return;
    if (decided.by) throw deniedByRule(caller, `${operation.id} with these arguments`, decided.by);
    const allows = verdict.kind === 'conditional' ? verdict.allows : [];
    throw notAllowedWith(
      caller,
      operation.id,
      action,
      allows.map(({ rule }) => rule),
    );
  }
}

function isOpen({ kind }: Verdict): boolean {
  return kind === 'allowed' || kind === 'conditional';
}

function refuse(verdict: Verdict, caller: Caller, what: string, action: Action): void {
  if (verdict.kind === 'denied') throw deniedByRule(caller, what, verdict.by);
  if (verdict.kind === 'missing') throw forbidden(caller, what, action);
}
