/** The connections that a service keeps to one back end. */
export interface PoolReport {
  /** From a bounded set: it becomes a label of metrics. */
  name: string;
  size: number;
  idle: number;
  /** Calls that wait for a connection. */
  waiting: number;
  max: number;
}

/** Implemented by a service that keeps connections. Answers from memory, without waiting. */
export interface ReportsPools {
  poolReports(): PoolReport[];
}

export function reportsPools(service: object): service is ReportsPools {
  return 'poolReports' in service && typeof service.poolReports === 'function';
}
