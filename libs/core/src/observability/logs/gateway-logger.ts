import { Writable } from 'node:stream';
import { WinstonLogger } from 'nest-winston';
import { createLogger, type Logger } from 'winston';
import type { Redactor } from '../redaction.js';
import { rankOf, type Level, type LogEntry } from './log-entry.js';
import { escapeControls, escapeControlsInLines } from './log-text.js';
import type { Log } from './log.js';
import { inSourceLines } from './source-lines.js';

/** Nest's own account of its wiring, a line for each module and route, which tells an operator nothing. */
const wiring = new Set(['InstanceLoader', 'NestApplication', 'NestFactory', 'RouterExplorer', 'RoutesResolver']);
/** Where Nest tells of a constructor that threw and of a port that can't be listened on. */
const refusals = new Set(['ExceptionHandler', 'NestApplication']);

const MAX_READ = 64 * 1024;
const MAX_MESSAGE = 8 * 1024;
const MAX_STACK = 16 * 1024;

/**
 * Nest's logger over winston. A message is a text, or an object with `message` and more members, such as `requestId`.
 * The level is looked up for each line, since it may change.
 */
export class GatewayLogger extends WinstonLogger {
  constructor(
    private readonly sink: Log,
    redactor: Redactor,
  ) {
    super(winstonLogger(sink, redactor));
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = contextOf(rest);
    if (this.sink.writes('info') && !wiring.has(context ?? '')) super.log(message, context);
  }

  override warn(message: unknown, ...rest: unknown[]): void {
    if (this.sink.writes('warn')) super.warn(message, contextOf(rest));
  }

  override debug(message: unknown, ...rest: unknown[]): void {
    if (this.sink.writes('debug')) super.debug?.(message, contextOf(rest));
  }

  override verbose(message: unknown, ...rest: unknown[]): void {
    this.debug(message, ...rest);
  }

  /** What refuses the start is told by `main`, in words for people; Nest would write it before, with its stack. */
  override error(message: unknown, ...rest: unknown[]): void {
    const context = contextOf(rest);
    if (refusals.has(context ?? '')) return;
    const stack = stackOf(message) ?? rest.map(stackOf).find((text) => text !== undefined);
    super.error(message instanceof Error ? message.message : firstLine(message), stack, context);
  }

  override fatal(message: unknown, ...rest: unknown[]): void {
    this.error(message, ...rest);
  }
}

/** Winston's levels over one end: what it hands over becomes an entry, without secrets and control characters. */
function winstonLogger(sink: Log, redactor: Redactor): Logger {
  const logger = createLogger({ levels: rankOf, level: 'debug' });
  const end = new Writable({
    objectMode: true,
    write: (info: Record<string, unknown>, _encoding, next) => {
      sink.write(entryOf(info, redactor));
      next();
    },
  });
  logger.pipe(end);
  return logger;
}

function entryOf(info: Record<string, unknown>, redactor: Redactor): LogEntry {
  const { time: _, level, message, context, requestId, stack, ...more } = info;
  const trace = [stack].flat().find((text) => typeof text === 'string');
  const clean = (text: string, max: number) => redactor.text(text.slice(0, MAX_READ)).slice(0, max);
  return {
    time: new Date().toISOString(),
    level: level as Level,
    message: escapeControls(clean(textOf(message), MAX_MESSAGE)),
    ...(typeof context === 'string' && { context: escapeControls(context) }),
    ...(typeof requestId === 'string' && { requestId }),
    ...(redactor.value(more) as object),
    ...(trace !== undefined && { stack: escapeControlsInLines(clean(inSourceLines(trace), MAX_STACK)) }),
  };
}

/** Nest puts the context last. */
function contextOf(rest: readonly unknown[]): string | undefined {
  const last = rest.at(-1);
  return typeof last === 'string' && !looksLikeStack(last) ? last : undefined;
}

function stackOf(value: unknown): string | undefined {
  if (value instanceof Error) return value.stack;
  return typeof value === 'string' && looksLikeStack(value) ? value : undefined;
}

function looksLikeStack(text: string): boolean {
  return /\n[^\S\n]+at /.test(text);
}

function firstLine(message: unknown): unknown {
  return typeof message === 'string' && looksLikeStack(message) ? message.slice(0, message.indexOf('\n')) : message;
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  return JSON.stringify(message) ?? String(message);
}
