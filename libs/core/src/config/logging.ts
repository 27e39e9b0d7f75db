import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { setting, settings, value } from '#libs/kit';

const levels = ['error', 'warn', 'info', 'debug'] as const;

export class LogSettings extends settings({
  level: setting('LOG_LEVEL', value.oneOf(...levels), {
    key: 'logging.level',
    description: 'The least important lines that are written',
    aliases: ['MCP_LOG_LEVEL'],
    default: 'info',
  }),
  format: setting('LOG_FORMAT', value.oneOf('json', 'pretty'), {
    key: 'logging.format',
    description: 'One JSON object a line, or text for people; unset: pretty on a terminal, else json',
  }),
}) {}

const nestLevels: Record<(typeof levels)[number], LogLevel[]> = {
  error: ['fatal', 'error'],
  warn: ['fatal', 'error', 'warn'],
  info: ['fatal', 'error', 'warn', 'log'],
  debug: ['fatal', 'error', 'warn', 'log', 'debug'],
};

/** Nest's own account of its wiring, a line for each module and route, which tells an operator nothing. */
const wiring = new Set(['InstanceLoader', 'NestApplication', 'NestFactory', 'RouterExplorer', 'RoutesResolver']);
/** Where Nest tells of a constructor that threw and of a port that can't be listened on. */
const refusals = new Set(['ExceptionHandler', 'NestApplication']);

class GatewayLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (!wiring.has(String(rest.at(-1)))) super.log(message, ...rest);
  }

  /** What refuses the start is told by `main`, in words for people; Nest would write it before, with its stack. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (!refusals.has(String(rest.at(-1)))) super.error(message, ...rest);
  }
}

export function createLogger(settings: LogSettings): ConsoleLogger {
  const terminal = process.stdout.isTTY;
  const json = (settings.format ?? (terminal ? 'pretty' : 'json')) === 'json';
  return new GatewayLogger({ json, colors: !json && terminal, logLevels: nestLevels[settings.level], compact: true });
}
