import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { MetricsSnapshot } from '../../observability/metrics/metrics-snapshot.js';
import type { Client } from './client.js';
import { Clients } from './clients.js';
import { RoomAccess } from './room-access.js';

const PERIOD_MS = 1_000;

/** Sends the metrics each second to those who follow them; while there is nobody, none are taken. */
@Injectable()
export class MetricsFeed implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly snapshot: MetricsSnapshot,
    private readonly clients: Clients,
    private readonly rooms: RoomAccess,
  ) {}

  /** The first ones come at once. */
  start(client: Client): void {
    client.sendIfQuick('metrics-update', this.snapshot.take());
    this.timer ??= setInterval(() => this.tell(), PERIOD_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private tell(): void {
    const following = [...this.clients.all()].filter((client) => this.rooms.follows(client, 'metrics'));
    if (following.length === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    const metrics = this.snapshot.take();
    for (const client of following) client.sendIfQuick('metrics-update', metrics);
  }
}
