import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import {
  DataDirectory,
  Edge,
  GatewayLogger,
  GatewayVersion,
  Log,
  LogSettings,
  readSettings,
  readCertificate,
  ReplicasSettings,
  requireSharedState,
  Redactor,
  secretsOf,
  secretsOfServers,
  ServerSettings,
  StoreSettings,
  UpstreamsSettings,
  type Environment,
  type Configuration,
} from '#libs/core';
import { services as allServices } from '#libs/services';
import { AppModule } from './app.module.js';
import { declaredSettings } from './declared-settings.js';
import { Gateway } from './gateway.js';

const require = createRequire(import.meta.url);
const { version } = require('#package.json') as { version: string };
/** Where the build puts the page, whether the gateway runs from its sources or built. */
const builtPage = join(dirname(require.resolve('#package.json')), 'dist', 'apps', 'dashboard');

/** As long as a client has for the head of a request. */
const HANDSHAKE_TIMEOUT_MS = 15_000;

/** Builds the gateway from an environment, for `main` and the tests alike. It is not started yet. */
export async function createGateway(
  environment: Environment,
  services: readonly Type[] = allServices,
  page = builtPage,
): Promise<Gateway> {
  const settings = readSettings(declaredSettings(services), environment);
  requireSharedState(settings.get(ReplicasSettings) as ReplicasSettings, settings.get(StoreSettings) as StoreSettings);
  const certificate = readCertificate(settings.get(ServerSettings) as ServerSettings);
  const httpsOptions = certificate && { ...certificate, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
  const log = makeLog(settings);
  const ofServers = secretsOfServers(settings.get(UpstreamsSettings) as UpstreamsSettings, environment);
  const redactor = new Redactor([...secretsOf(settings.settings), ...ofServers]);
  const logger = new GatewayLogger(log, redactor);
  for (const warning of settings.warnings) logger.warn(warning, 'Configuration');
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.of(settings, new GatewayVersion(version), log, redactor, services, page),
    {
      logger,
      abortOnError: false,
      // the edge has read the body before Express sees the request
      bodyParser: false,
      ...(httpsOptions && { httpsOptions }),
    },
  );
  app.disable('x-powered-by');
  app.disable('etag');
  await app.init();
  app.get(Edge).attach(app.getHttpServer());
  return new Gateway(app);
}

function makeLog(settings: Configuration): Log {
  const logging = settings.get(LogSettings) as LogSettings;
  const store = settings.get(StoreSettings) as StoreSettings;
  return new Log(logging, logging.directory ?? DataDirectory.of(store).path('logs'));
}
