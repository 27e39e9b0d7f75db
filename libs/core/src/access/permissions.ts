import { actions, OperationError, type Action, type Caller } from '#libs/kit';
import { canonical } from '../catalog/names.js';

/** An operation may be a tool of an upstream, whose names have other letters too. */
const PERMISSION = /^(?:[a-z][a-z0-9-]*:(\w+)|[a-z][a-z0-9-]*\.[A-Za-z0-9][\w./-]{0,127})$/;

/** What stands before the name of a role among permissions. */
export const ROLE = 'role:';
const ROLE_NAME = /^[A-Za-z][\w.-]{0,63}$/;

/** Whether a text is a permission: `action`, `service:action`, `service.operation`, `role:name` or `*`. */
export function isPermission(text: string): boolean {
  if (text === '*' || isAction(text)) return true;
  if (text.startsWith(ROLE)) return isRoleName(text.slice(ROLE.length));
  const match = PERMISSION.exec(text);
  return match !== null && (match[1] === undefined || isAction(match[1]));
}

export function isRoleName(text: unknown): text is string {
  return typeof text === 'string' && ROLE_NAME.test(text);
}

export function isAction(text: string | undefined): text is Action {
  return (actions as readonly (string | undefined)[]).includes(text);
}

/** What the decision needs to know of an operation. */
export interface Guarded {
  /** `service.operation` */
  readonly id: string;
  readonly service: string;
  readonly permission: Action;
  readonly aliases?: readonly string[];
  readonly tool?: string;
  readonly inputSchema?: Readonly<Record<string, unknown>>;
  /** The arguments with one name for each thing, as the service understands them; undefined where they are that already. */
  readonly resolveArguments?: ((input: Record<string, unknown>) => Record<string, unknown>) | undefined;
}

/** The permission among some (in their one spelling) that lets its holder do this; undefined where there is none. */
export function grants(held: ReadonlySet<string>, { id, service }: Guarded, action: Action): string | undefined {
  return ['*', action, `${service}:${action}`, canonical(id)].find((permission) => held.has(permission));
}

/**
 * Whether a permission may be handed on by who holds some. One operation is held by its own name only: that lets its
 * holder call it whatever its arguments ask for, which no action does.
 */
export function mayHandOn(held: ReadonlySet<string>, permission: string): boolean {
  const action = permission.split(':').at(-1) ?? permission;
  return held.has('*') || held.has(canonical(permission)) || (!permission.startsWith(ROLE) && held.has(action));
}

export function forbidden(caller: Caller, what: string, permission: string): OperationError {
  return new OperationError(
    'forbidden',
    `${caller.subject} may not use ${what}: the permission ${permission} is missing. Ask an admin for a key that has it.`,
    { permission },
  );
}
