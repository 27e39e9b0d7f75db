import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { StartError } from '#libs/kit';
import {
  ApiKeys,
  Approvals,
  AuditDeliveries,
  AuditRetention,
  AuditTrail,
  BackgroundWorker,
  CallsInFlight,
  ConfigFileWatch,
  DataDirectory,
  Edge,
  FirstAdminKey,
  Log,
  McpDoor,
  MetricsPort,
  Readiness,
  RealtimeDoor,
  RequestLog,
  RuntimeConfig,
  ServerSettings,
  SharedRedis,
  Store,
  SupervisedUpstreams,
} from '#libs/core';
import { StopDeadline } from './stop-deadline.js';

/** How long `/ready` says 503 before the port closes, for balancers to see it. */
const ANNOUNCE_STOP_MS = 500;
/** Of the time of a stop: what is kept for all that comes after the calls in flight, which get the rest. */
const CLOSING_MS = 3_000;
/** And of that: what is kept for the store and its server. */
const STORE_CLOSING_MS = 1_000;
/** What answers are given to reach their clients. */
const FLUSH_MS = 500;

/** One gateway, from its first breath to its last. */
export class Gateway {
  private readonly logger = new Logger(Gateway.name);
  private opening: Promise<string> | undefined;
  private stopped: Promise<void> | undefined;

  constructor(readonly app: NestExpressApplication) {}

  /** Takes the data directory, brings the store up and listens. Answers the address, once `beforeReady` is done too. */
  async start(beforeReady?: () => Promise<void>): Promise<string> {
    try {
      this.opening = this.open(beforeReady);
      return await this.opening;
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      this.opening = undefined;
    }
  }

  /**
   * Lets calls in flight end, then closes everything in the reverse order; during the start too. Safe to call twice.
   * `announceMs`: how long it is announced before the port closes; 0 where no balancer looks.
   */
  stop(announceMs = ANNOUNCE_STOP_MS): Promise<void> {
    this.stopped ??= this.close(announceMs);
    return this.stopped;
  }

  private async open(beforeReady?: () => Promise<void>): Promise<string> {
    const directory = this.app.get(DataDirectory);
    directory.acquire();
    this.app.get(Log).open();
    this.app.get(AuditTrail).start();
    const store = this.app.get(Store);
    store.onReady(async () => {
      await this.app.get(RuntimeConfig).load(this.opening !== undefined);
      await this.app.get(ApiKeys).load();
      await this.app.get(FirstAdminKey).ensure();
    });
    this.app.get(AuditRetention).start();
    this.app.get(AuditDeliveries).start();
    const redis = this.app.get(SharedRedis);
    await Promise.all([store.start(), redis.start()]);
    if (this.stopped) throw new StartError('The gateway was stopped while it started.');
    const address = await this.listen();
    directory.hold(address);
    await this.app.get(MetricsPort).start();
    this.app.get(Readiness).started();
    this.app.get(SupervisedUpstreams).start();
    this.app.get(BackgroundWorker).start();
    this.app.get(ConfigFileWatch).start();
    if (!redis.isConfigured) this.logger.log('REDIS_URL is not set: this gateway is a single replica');
    await beforeReady?.();
    this.announce(address);
    return address;
  }

  /** Says that it is ready when `/ready` does. */
  private announce(address: string): void {
    const store = this.app.get(Store);
    const { everReady, reason } = store.status();
    let isTold = false;
    const tell = () => {
      if (!isTold) this.logger.log(`The gateway is ready at ${address}`);
      isTold = true;
    };
    if (everReady) return tell();
    this.logger.warn(`The gateway listens at ${address}, and is ready as soon as the store is (${reason})`);
    store.onReady(tell);
  }

  private async listen(): Promise<string> {
    const { host, port, scheme } = this.app.get(ServerSettings);
    try {
      await this.app.listen(port, host);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE')
        throw new StartError(`${host}:${port} is in use. Stop what listens there, or set PORT.`);
      if (code === 'EACCES')
        throw new StartError(`The gateway may not listen on ${host}:${port}. Set PORT to one above 1023.`);
      if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new StartError('HOST is no address of this machine.');
      throw error;
    }
    const bound = this.app.getHttpServer().address() as AddressInfo;
    return `${scheme}://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
  }

  private async close(announceMs: number): Promise<void> {
    const deadline = new StopDeadline();
    const server = this.app.getHttpServer();
    this.app.get(Readiness).stopping();
    await this.giveUpStart(deadline);
    if (server.listening) {
      this.logger.log('Stopping: calls in flight are let finish');
      this.app.get(Edge).startClosing();
      await sleep(announceMs);
      server.close();
      this.app.get(Approvals).stop();
      await deadline.wait(this.app.get(BackgroundWorker).stop(), CLOSING_MS);
      await this.app.get(CallsInFlight).drain(deadline.left(CLOSING_MS));
      await deadline.wait(this.app.get(BackgroundWorker).close(), CLOSING_MS - FLUSH_MS);
      this.app.get(McpDoor).endAll();
      this.app.get(RealtimeDoor).endAll();
      await closeConnections(server, this.app.get(Edge));
    }
    await this.app.get(MetricsPort).stop();
    await deadline.wait(this.app.close(), STORE_CLOSING_MS);
    await this.app.get(Store).stop(deadline.left());
    this.app.get(RequestLog).flush();
    await this.app.get(Log).close();
    this.app.get(DataDirectory).release();
  }

  /** Where the start is under way: without the store it ends soon, and nothing comes up behind the stop's back. */
  private async giveUpStart(deadline: StopDeadline): Promise<void> {
    const opened = this.opening?.catch(() => undefined);
    if (!opened) return;
    await this.app.get(Store).stop(deadline.left());
    await deadline.wait(opened, STORE_CLOSING_MS);
  }
}

async function closeConnections(server: Server, edge: Edge): Promise<void> {
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  edge.closeIdleConnections();
  await Promise.race([closed, sleep(FLUSH_MS, undefined, { ref: false })]);
  edge.closeAllConnections();
}
