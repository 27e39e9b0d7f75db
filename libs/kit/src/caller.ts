/** What an operation does to the world. None implies another. */
export const actions = ['read', 'write', 'execute', 'monitor', 'approve', 'admin'] as const;
export type Action = (typeof actions)[number];

/** The ways into the gateway. */
export type DoorName = 'mcp' | 'rpc' | 'commands' | 'rest' | 'realtime';

/** What a caller may spend; 0 lifts a limit, an unset one is the gateway's default. */
export interface CallerBudget {
  /** Calls in any minute. */
  readonly perMinute?: number;
  /** Calls in any hour. */
  readonly perHour?: number;
  /** Calls that run at once. */
  readonly concurrency?: number;
  /** Tokens of answers in any 24 hours. */
  readonly tokensPerDay?: number;
  /** The same in any 30 days. */
  readonly tokensPerMonth?: number;
  /** Money by the price table, in its currency, in any 24 hours. */
  readonly costPerDay?: number;
  /** The same in any 30 days. */
  readonly costPerMonth?: number;
  /** Tokens of one answer; not to be lifted. */
  readonly resultTokens?: number;
}

/** Who is calling, as every door and every service sees it. */
export interface Caller {
  /** Stable identity for limits, audit and ownership: `local`, the key's id, or `jwt:` and the token's subject. */
  readonly id: string;
  readonly kind: 'local' | 'key' | 'jwt';
  /** A name for people: the key's name, the token's subject, or `local`. */
  readonly subject: string;
  readonly onBehalfOf?: string;
  readonly owner?: string;
  readonly team?: string;
  /** Granted permissions: `action`, `service:action`, `service.operation`, `role:name`, or `*`. */
  readonly permissions: readonly string[];
  /** Roles that its token names. */
  readonly roles?: readonly string[];
  /** All that its token says of it. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Where it calls from, where that can be relied on. */
  readonly address?: string;
  /** Its key came in a way that lets it only read, whatever it holds. */
  readonly onlyReads?: true;
  /** Its key has been replaced by another one, and is good for the rest of its overlap. */
  readonly byReplacedKey?: true;
  /** Where they differ from the gateway's defaults. */
  readonly limits?: CallerBudget;
}
