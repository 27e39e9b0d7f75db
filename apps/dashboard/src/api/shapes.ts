import type { CallerBudget } from '#libs/kit';

/** What the REST addresses answer, as far as the page shows it. */
export interface Stats {
  uptimeMs: number;
  requests: { total: number; perSecond: number; errors: number; errorRate: number };
  latencyMs: { p50: number; p95: number; p99: number };
  tools: { total: number; byService: Record<string, number> };
  connections: { mcp: number; socketio: number; websocket: number };
  upstreams: Record<string, { state: string; tools: number; quarantined: number }>;
}

export interface List<T> {
  items: T[];
  nextCursor: string | null;
}

export type Schema = Readonly<Record<string, unknown>>;

export interface Operation {
  id: string;
  name: string;
  tool: string;
  title?: string;
  description: string;
  permission: string;
  annotations: { readOnly?: boolean; destructive?: boolean; idempotent?: boolean; openWorld?: boolean };
  inputSchema: Schema;
  outputSchema?: Schema;
  slash?: string;
  tokenCost: number;
}

export interface Service {
  name: string;
  version: string;
  description: string;
  location: string;
  status: string;
  reason?: string;
  missing?: string[];
  tokenCost: number;
  operations: Operation[];
}

export interface Catalog {
  version: string;
  services: Service[];
}

export interface UsageItem {
  key: string;
  calls: number;
  errors: number;
  tokens: number;
  cost?: number;
}

export interface AuditItem {
  id: string;
  time: string;
  requestId: string;
  caller: string;
  callerSubject: string;
  door: string;
  address: string;
  service: string;
  operation: string;
  arguments: unknown;
  outcome: string;
  errorKind?: string;
  durationMs: number;
  bytes: number;
  tokens: number;
  replica: string;
}

export interface Upstream {
  name: string;
  origin: string;
  description?: string;
  enabled: boolean;
  url?: string;
  state: string;
  lastFailure: { stage: string; message: string; at: string; since: string } | null;
  quarantined: number;
  tools: number;
  resources: number;
  prompts: number;
  serverInfo?: { name?: string; version?: string };
}

export interface UpstreamTool {
  tool: string;
  state: 'approved' | 'quarantined' | 'gone';
  definition: { description?: string };
  /** Of what it has become, where there is a difference. */
  hash?: string;
  difference?: { member: string; approved: unknown; pending: unknown }[];
  firstSeenAt: string;
  lastSeenAt: string;
}

export interface Key {
  id: string;
  name: string;
  prefix: string;
  permissions: string[];
  owner: string | null;
  team: string | null;
  expiresAt: string | null;
  allowedNetworks: string[] | null;
  limits: CallerBudget | null;
  createdAt: string;
  lastUsedAt: string | null;
  useCount: number;
  overlapUntil: string | null;
  origin: 'environment' | 'store';
}

export interface Block {
  id: string;
  network: string;
  reason: string | null;
  expiresAt: string | null;
  origin: 'automatic' | 'admin';
  createdAt: string;
}

export interface SecurityStats {
  authFailures: number;
  blockedAddresses: number;
  rateLimited: number;
  activeKeys: number;
  deniedCalls: number;
}

interface Asker {
  kind: string;
  subject: string;
  onBehalfOf?: string;
}

export interface Approval {
  id: string;
  state: string;
  caller: string;
  asker: Asker;
  door: string;
  requestId: string;
  operation: string;
  description: string | null;
  arguments: unknown;
  touches: string[];
  createdAt: string;
  expiresAt: string;
  decidedAt: string | null;
  decidedBy: { subject: string } | null;
  note: string | null;
}

export interface Verification {
  valid: boolean;
  checked: number;
  chains: unknown[] | number;
  firstBad?: { replica: string; seq: number; id?: string; reason: string };
}

export interface ConfigValue {
  value: unknown;
  origin: 'default' | 'file' | 'environment' | 'runtime';
  runtime: boolean;
  variable: string;
  description: string;
}

export interface Config {
  values: Record<string, ConfigValue>;
  version: number;
}

export interface ConfigChange {
  version: number;
  time: string;
  caller: { id: string; subject: string };
  changes: Record<string, { from: unknown; to: unknown }>;
  undoes?: number;
}

export interface Alert {
  id: string;
  rule: string;
  subject?: string | null;
  severity: 'warning' | 'critical';
  message: string;
  value: number;
  threshold: number;
  /** Gateways that see the same; not told by events. */
  alsoSeenBy?: string[];
  raisedAt: string;
  resolvedAt: string | null;
  acknowledgedAt: string | null;
  silencedUntil: string | null;
  deliveries: { channel: string; news: string; state: string; attempts: number; problem: string | null }[];
}
