import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Durations, registerHistogram } from './duration-histogram.js';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const OTHER = 'other';

/** What Prometheus is told of HTTP requests. */
@Injectable()
export class RequestMetrics {
  private readonly series = new Map<string, { labels: Record<string, string>; durations: Durations }>();

  constructor(registry: Registry) {
    registerHistogram(
      registry,
      { name: 'http_request_duration_seconds', help: 'How long HTTP requests took, by method, route and status' },
      () => this.series.values(),
    );
  }

  /** `route` is a pattern such as `/admin/api-keys/:id`; undefined where no route of ours was asked for. */
  record(method: string, route: string | undefined, status: number, seconds: number): void {
    const key = `${method} ${route} ${status}`;
    let found = this.series.get(key);
    if (!found) {
      const known = methods.has(method) ? method : OTHER;
      if (known === OTHER && method !== OTHER) return this.record(OTHER, route, status, seconds);
      const labels = { method: known, route: route ?? OTHER, status: String(status) };
      found = { labels, durations: new Durations() };
      this.series.set(key, found);
    }
    found.durations.observe(seconds);
  }
}
