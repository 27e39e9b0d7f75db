import type { Caller } from './caller.js';
import type { ServiceStatus } from './service-status.js';

/** One service in a line or two. */
export interface ServiceFacts extends ServiceStatus {
  name: string;
  operations: number;
}

/** What is left of one of a caller's limits. */
export interface LimitFacts {
  name: 'perMinute' | 'perHour' | 'concurrency' | 'tokensPerDay';
  limit: number;
  remaining: number;
  /** Milliseconds until something of what was used comes back; 0 where nothing is used, and for concurrency. */
  resetMs: number;
}

/** What the gateway tells of itself, for services that answer about it. Injectable by every service. */
export abstract class GatewayFacts {
  abstract readonly version: string;

  /** The services of which the caller may use anything. */
  abstract services(caller: Caller): ServiceFacts[];

  /** The limits of the caller that are on. */
  abstract limits(caller: Caller): LimitFacts[];
}
