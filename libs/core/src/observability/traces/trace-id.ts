const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Whether it is a trace context as W3C defines it. */
export function isTraceparent(given: unknown): given is string {
  return typeof given === 'string' && TRACEPARENT.test(given);
}

/** The trace that a trace context belongs to, for the log. */
export function traceIdOf(traceparent: unknown): string | undefined {
  return typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}
