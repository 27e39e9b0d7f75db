import { Injectable } from '@nestjs/common';
import { Breakers } from '#libs/outbound';
import { Upstreams } from '../../upstreams/upstream.js';
import type { Reading } from './reading.js';

/** How those do that the gateway depends on: upstreams, and the back ends of services. */
@Injectable()
export class NeighbourReadings {
  constructor(
    private readonly upstreams: Upstreams,
    private readonly breakers: Breakers,
  ) {}

  take(): Reading[] {
    const always = { threshold: 0, atOnce: true } as const;
    const readings: Reading[] = [];
    for (const upstream of this.upstreams.behindGateway()) {
      const { name: subject } = upstream;
      const { state, quarantined } = upstream.status();
      const down = { rule: 'upstream-down', severity: 'critical', message: `The upstream ${subject} is down` } as const;
      readings.push({ ...always, ...down, subject, value: state === 'unavailable' ? 1 : 0 });
      const message = `${quarantined} definitions of the upstream ${subject} have changed and wait for an admin`;
      readings.push({ ...always, rule: 'quarantine', severity: 'warning', subject, value: quarantined, message });
    }
    for (const [subject, state] of this.breakers.states()) {
      const message = `${subject} could not be reached several times in a row`;
      const value = state === 'closed' ? 0 : 1;
      readings.push({ ...always, rule: 'circuit-open', severity: 'critical', subject, value, message });
    }
    return readings;
  }
}
