import { Injectable } from '@nestjs/common';
import { invalidField, OperationError, type Caller } from '#libs/kit';
import { NamedKeys } from '../access/named-keys.js';
import { callerOf } from '../access/jwt-verifier.js';
import { isAddress } from '../access/networks.js';
import { because } from '../access/policy/because.js';
import { Policy } from '../access/policy/policy.js';
import { TrustedNetwork } from '../access/trusted-network.js';
import type { CatalogOperation } from '../catalog/catalog-entry.js';
import { Catalog } from '../catalog/catalog.js';
import { invalidInput } from '../execution/input-issues.js';
import type { PolicyQuestion } from './policy-question.js';

const JWT = 'jwt:';
/** A token that is asked about need not be one. */
const SOMEDAY = 32_503_680_000;

/** Says why a caller may do something, by asking for it as the executor does. */
@Injectable()
export class PolicyExplanation {
  constructor(
    private readonly policy: Policy,
    private readonly catalog: Catalog,
    private readonly keys: NamedKeys,
    private readonly trusted: TrustedNetwork,
  ) {}

  of(asked: PolicyQuestion) {
    const caller = this.callerOf(asked);
    const operation = this.operationOf(asked.operation, caller);
    const input = asked.arguments && parsed(operation, asked.arguments);
    const refusal = refusalOf(() => {
      this.policy.requireCall(caller, operation);
      if (input) this.policy.requireArguments(caller, operation, input);
    });
    const also = input && operation.argumentPermission?.(input);
    const actions = new Set([operation.permission, ...(also === undefined ? [] : [also])]);
    const reasons = [...actions].flatMap((action) => because(this.policy.current, caller, operation, action, input));
    return {
      allowed: refusal === undefined,
      because: [...(refusal ? [refusal.message] : []), ...new Set(reasons)],
      caller: caller.id,
      operation: operation.id,
    };
  }

  private callerOf({ caller: text, claims, address }: PolicyQuestion): Caller {
    if (address !== undefined && !isAddress(address))
      throw invalidField('address', 'an IP address', JSON.stringify(address));
    const caller = text.startsWith(JWT) ? fromClaims(text.slice(JWT.length), claims) : this.known(text);
    return address === undefined ? caller : { ...caller, address };
  }

  private known(text: string): Caller {
    if (text === 'local') return this.trusted.local;
    const key = this.keys.find(text);
    if (key) return key.caller;
    throw new OperationError(
      'unknown',
      'There is no such caller: give the id or the name of a key, local, or jwt:<subject>',
    );
  }

  private operationOf(name: string, caller: Caller): CatalogOperation {
    return name.includes('.') ? this.catalog.find(name, caller) : this.catalog.findTool(name, caller);
  }
}

function fromClaims(sub: string, claims: Record<string, unknown> = {}): Caller {
  const caller = callerOf({ ...claims, sub, exp: SOMEDAY });
  if (!caller)
    throw invalidField('claims', 'claims that a token could have, such as {"permissions": ["read"]}', 'others');
  return caller;
}

function parsed(operation: CatalogOperation, given: Record<string, unknown>): Record<string, unknown> {
  const result = operation.input.safeParse(given);
  if (!result.success) throw invalidInput(result.error, given);
  return result.data;
}

function refusalOf(ask: () => void): OperationError | undefined {
  try {
    ask();
    return undefined;
  } catch (error) {
    if (error instanceof OperationError && error.kind === 'forbidden') return error;
    throw error;
  }
}
