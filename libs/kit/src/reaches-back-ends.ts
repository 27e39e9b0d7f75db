/** Implemented by a service whose operations reach outside things that can be away. */
export interface ReachesBackEnds {
  /**
   * Names the one that a call with this input will reach, so that each has a circuit breaker of its own. Undefined runs
   * the call without one. Names must come from a bounded set, whatever the input says.
   */
  backEndOf(input: Record<string, unknown>): string | undefined;
}

export function reachesBackEnds(service: object): service is ReachesBackEnds {
  return 'backEndOf' in service && typeof service.backEndOf === 'function';
}
