import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Logger } from '@nestjs/common';
import {
  GatewayLogger,
  Log,
  LogSettings,
  MetricsSettings,
  readEnvironment,
  readSettings,
  Redactor,
  ReplicasSettings,
  secretsOf,
  StoreSettings,
} from '#libs/core';
import { StartError } from '#libs/kit';
import { Supervisor } from './cluster/supervisor.js';

const USAGE = 'Usage: npm run start:cluster -- [--replicas=<1 to 64>]';
const MAX_REPLICAS = 64;
/** Each process pays for them with memory, and only one that answers calls gains by them: the replicas. */
const LARGE_PAGES = '--use-largepages=silent';

async function run(): Promise<void> {
  const count = wantedReplicas();
  const read = [StoreSettings, ReplicasSettings, MetricsSettings, LogSettings];
  // the replicas look at the rest of the file; to know it, this process would load all services, which are 14 MB
  const settings = readSettings(read, readEnvironment(), 'anything');
  if ((settings.get(ReplicasSettings) as ReplicasSettings).redisUrl === undefined) {
    throw new StartError('Several gateways act as one through Redis: set REDIS_URL, or run one with npm start.');
  }
  const logs = settings.get(LogSettings) as LogSettings;
  // as the replicas write theirs, but to no files
  const { console, format, level, directory } = logs;
  const log = new Log({ console, format, level, directory, file: false }, '');
  Logger.overrideLogger(new GatewayLogger(log, new Redactor(secretsOf(settings.settings))));
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('main.js', import.meta.url)),
    execArgv: [...process.execArgv, LARGE_PAGES],
    args: [],
  });
  const supervisor = new Supervisor(
    count,
    settings.get(StoreSettings) as StoreSettings,
    settings.get(MetricsSettings) as MetricsSettings,
    logs,
  );
  const stop = () => void supervisor.stop().then(() => process.exit(), refuse);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
  try {
    await supervisor.start();
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
}

function wantedReplicas(): number {
  try {
    const { values } = parseArgs({ options: { replicas: { type: 'string' } } });
    const count = Number(values.replicas ?? availableParallelism());
    if (Number.isInteger(count) && count >= 1 && count <= MAX_REPLICAS) return count;
  } catch {
    // told below
  }
  throw new StartError(USAGE);
}

function refuse(error: unknown): never {
  if (error instanceof StartError) process.stderr.write(`${error.message}\n`);
  else Logger.error(error instanceof Error ? error.stack : error, 'Cluster');
  process.exit(1);
}

run().catch(refuse);
