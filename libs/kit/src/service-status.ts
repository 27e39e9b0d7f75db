/** How a service is doing, as the catalog and `/ready` show it. */
export interface ServiceStatus {
  state: 'ready' | 'degraded' | 'unavailable' | 'not configured' | 'reference';
  /** What is wrong and what to do about it, safe to show. */
  reason?: string;
  /** The variables to set, when it is not configured. */
  missing?: string[];
}

/** Implemented by a service whose state can be anything but ready. Answers from memory, without waiting. */
export interface ReportsStatus {
  serviceStatus(): ServiceStatus;
}

export function reportsStatus(service: object): service is ReportsStatus {
  return 'serviceStatus' in service && typeof service.serviceStatus === 'function';
}
