import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Catch,
  Controller,
  Get,
  Inject,
  Injectable,
  Logger,
  Module,
  Res,
  type ArgumentsHost,
  type DynamicModule,
  type ExceptionFilter,
} from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import type { Response } from 'express';
import { Registry } from 'prom-client';
import { ServerSettings } from '../../config/server.settings.js';
import { MetricsSettings } from './metrics.settings.js';

const RETRY_AFTER_MS = 10_000;

/**
 * `/metrics` on a port of its own, for Prometheus: without keys, under any `Host`, and nothing else. A port that is in use
 * stops no gateway.
 */
@Injectable()
export class MetricsPort {
  private readonly logger = new Logger(MetricsPort.name);
  private app: NestExpressApplication | undefined;
  private retry: NodeJS.Timeout | undefined;

  constructor(
    private readonly registry: Registry,
    private readonly settings: MetricsSettings,
    private readonly server: ServerSettings,
  ) {}

  /** Never rejects for a port that can't be had: it tries again. */
  async start(): Promise<void> {
    if (!this.settings.enabled) return;
    const app = await NestFactory.create<NestExpressApplication>(MetricsApp.of(this.registry), {
      bodyParser: false,
    });
    app.disable('x-powered-by');
    app.disable('etag');
    await app.init();
    this.app = app;
    await this.listen(app.getHttpServer());
  }

  async stop(): Promise<void> {
    clearTimeout(this.retry);
    const { app } = this;
    this.app = undefined;
    app?.getHttpServer().closeAllConnections();
    await app?.close();
  }

  private async listen(server: Server): Promise<void> {
    const host = this.settings.host ?? this.server.host;
    try {
      // of this process alone, also where gateways of a cluster share their other port
      server.listen({ port: this.settings.port, host, exclusive: true });
      await once(server, 'listening');
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      this.logger.warn(
        `No metrics at ${host}:${this.settings.port} (${reason}); trying again. Set METRICS_PORT or METRICS_HOST to others.`,
      );
      this.retry = setTimeout(() => {
        if (this.app) void this.listen(server);
      }, RETRY_AFTER_MS).unref();
      return;
    }
    const { address, family, port } = server.address() as AddressInfo;
    this.logger.log(`Metrics are at http://${family === 'IPv6' ? `[${address}]` : address}:${port}/metrics`);
  }
}

/** `PrometheusModule` gives it its address. */
@Controller()
class MetricsPortController {
  constructor(@Inject(Registry) private readonly registry: Registry) {}

  @Get()
  async metrics(@Res() response: Response): Promise<void> {
    response.type(this.registry.contentType).send(await this.registry.metrics());
  }
}

@Catch()
class NotHere implements ExceptionFilter {
  catch(_error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (!response.headersSent) response.status(404).type('text/plain').send('Only /metrics is here.\n');
  }
}

@Module({})
class MetricsApp {
  static of(registry: Registry): DynamicModule {
    const register = { provide: Registry, useValue: registry };
    const prometheus = PrometheusModule.register({
      path: '/metrics',
      controller: MetricsPortController,
      defaultMetrics: { enabled: false },
    });
    return {
      module: MetricsApp,
      imports: [{ ...prometheus, providers: [...(prometheus.providers ?? []), register] }],
      providers: [{ provide: APP_FILTER, useClass: NotHere }],
    };
  }
}
