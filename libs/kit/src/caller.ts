/** What an operation does to the world. None implies another. */
export const actions = ['read', 'write', 'execute', 'monitor', 'approve', 'admin'] as const;
export type Action = (typeof actions)[number];

/** The ways into the gateway. */
export type DoorName = 'rpc' | 'commands' | 'rest';

/** Who is calling, as every door and every service sees it. */
export interface Caller {
  /** Stable identity for limits, audit and ownership: `local`, or the key's id. */
  readonly id: string;
  readonly kind: 'local' | 'key';
  /** A name for people: the key's name, or `local`. */
  readonly subject: string;
  readonly onBehalfOf?: string;
  readonly owner?: string;
  readonly team?: string;
  /** Granted permissions: `action`, `service:action`, `service.operation`, or `*`. */
  readonly permissions: readonly string[];
}
