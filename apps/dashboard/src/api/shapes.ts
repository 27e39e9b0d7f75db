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
