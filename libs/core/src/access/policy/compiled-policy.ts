import type { Action, Caller } from '#libs/kit';
import { canonical } from '../../catalog/names.js';
import { mayHandOn, ROLE, type Guarded } from '../permissions.js';
import type { PolicyDocument } from './policy-document.js';
import { Rule } from './rule.js';
import { rolesOf } from './roles.js';
import { ceilingOf, Standing, type Verdict } from './standing.js';

/** Standings are shared by callers that hold the same; beyond this many, callers are few enough to start anew. */
const MAX_SHARED = 10_000;

/** What an address needs that belongs to no service. */
const outside = new Map<Action, Guarded>();

/** A policy made ready for decisions. It never changes; a changed policy is another one. */
export class CompiledPolicy {
  readonly rules: readonly Rule[];
  private readonly roles: ReadonlyMap<string, readonly string[]>;
  /** Callers live as long as their key or token is known. */
  private readonly standings = new WeakMap<Caller, Standing>();
  private readonly shared = new Map<string, Standing>();
  /** Services as wholes, for what they offer besides operations. */
  private readonly services = new Map<string, Guarded>();

  constructor({ roles, rules }: PolicyDocument) {
    this.roles = new Map(Object.entries(roles));
    this.rules = rules.map((rule) => new Rule(rule));
  }

  standingOf(caller: Caller): Standing {
    let standing = this.standings.get(caller);
    if (!standing) {
      standing = this.shareStanding(caller);
      this.standings.set(caller, standing);
    }
    return standing;
  }

  verdictOn(caller: Caller, operation: Guarded, action: Action = operation.permission): Verdict {
    return this.standingOf(caller).verdictOn(operation, action);
  }

  /** The verdict on what a service offers besides its operations, such as resources. */
  verdictOnService(caller: Caller, service: string): Verdict {
    let whole = this.services.get(service);
    if (!whole) {
      whole = { id: `${service}.*`, service, permission: 'read', inputSchema: withoutArguments };
      this.services.set(service, whole);
    }
    return this.verdictOn(caller, whole);
  }

  /** The verdict on an action at addresses outside any service. */
  verdictOnAction(caller: Caller, action: Action): Verdict {
    let anything = outside.get(action);
    if (!anything) {
      anything = { id: '', service: '', permission: action, inputSchema: withoutArguments };
      outside.set(action, anything);
    }
    return this.verdictOn(caller, anything);
  }

  hasRole(name: string): boolean {
    return this.roles.has(name);
  }

  get roleNames(): string[] {
    return [...this.roles.keys()];
  }

  /** What a role holds; nothing where the policy has none of this name. */
  permissionsOf(role: string): readonly string[] {
    return this.roles.get(role) ?? [];
  }

  /** Whether a caller holds a permission itself, and so may hand it on. */
  mayGrant(caller: Caller, permission: string): boolean {
    const { permissions } = this.standingOf(caller);
    if (mayHandOn(permissions, permission)) return true;
    const role = permission.startsWith(ROLE) ? this.roles.get(permission.slice(ROLE.length)) : undefined;
    return role?.every((each) => mayHandOn(permissions, each)) ?? false;
  }

  private shareStanding(caller: Caller): Standing {
    const permissions = this.allPermissionsOf(caller);
    const rules = this.rules.filter((rule) => rule.isAbout(caller));
    const ceiling = ceilingOf(caller);
    const key = JSON.stringify([[...permissions].sort(), rules.map(({ name }) => name), ceiling]);
    const known = this.shared.get(key);
    if (known) return known;
    if (this.shared.size >= MAX_SHARED) this.shared.clear();
    const standing = new Standing(permissions, rules, ceiling);
    this.shared.set(key, standing);
    return standing;
  }

  private allPermissionsOf(caller: Caller): Set<string> {
    const ofRoles = rolesOf(caller).flatMap((role) => this.permissionsOf(role));
    return new Set([...caller.permissions, ...ofRoles].map(canonical));
  }
}

/** Nothing is given that a condition could look at. */
const withoutArguments = { properties: {}, additionalProperties: false };
