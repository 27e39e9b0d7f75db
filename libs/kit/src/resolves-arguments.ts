/** Implemented by a service that takes several names for one thing, or fills in what a call leaves open. */
export interface ResolvesArguments {
  /**
   * The arguments of a call as the service understands them, for rules that look at them: one name for each thing, and
   * what stands in for a missing argument. What can't be told is left out; an argument that the call does not have may be
   * added. `input` may also hold a single argument, as somebody has written it into a rule.
   *
   * @param operation its name
   */
  resolveArguments(input: Record<string, unknown>, operation: string): Record<string, unknown>;
}

export function resolvesArguments(service: object): service is ResolvesArguments {
  return 'resolveArguments' in service && typeof service.resolveArguments === 'function';
}
