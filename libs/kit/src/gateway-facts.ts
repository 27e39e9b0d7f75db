import type { Caller } from './caller.js';
import type { ServiceStatus } from './service-status.js';

/** One service in a line or two. */
export interface ServiceFacts extends ServiceStatus {
  name: string;
  operations: number;
}

/** The limits that a caller, a team, a service or an operation may have. */
export const limitNames = [
  'perMinute',
  'perHour',
  'concurrency',
  'tokensPerDay',
  'tokensPerMonth',
  'costPerDay',
  'costPerMonth',
] as const;

/** What is left of one of the limits that a caller's calls are counted in. */
export interface LimitFacts {
  name: (typeof limitNames)[number];
  /** The caller's team, where the limit is that of all its members together. */
  team?: string;
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
