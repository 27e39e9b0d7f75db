import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { IsoClock } from '../iso-clock.js';
import { jsonText } from '../json-text.js';
import { msText } from '../ms-text.js';
import { Redactor } from '../redaction.js';
import type { Level } from './log-entry.js';
import { escapeControls } from './log-text.js';
import { Log } from './log.js';

const FLUSH_AFTER_MS = 50;
/** Lines that are put together in a row, while the processor knows how. */
const IN_A_ROW = 16;
/** Lines that wait, at most, and their bytes; more are written at once. */
const MAX_WAITING = 1_000;
const MAX_BYTES = 256 * 1024;
/** A character is at most so many in UTF-8. */
const BYTES_PER_CHARACTER = 3;
const MAX_PATH = 200;
const MAX_READ = 4 * 1024;

/** Asked again and again by machines. */
const quietPaths = new Set(['/health', '/ready', '/metrics', '/metrics/prometheus']);

export interface AnsweredRequest {
  /** One of HTTP's, as node knows them. */
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  /** Of the client. */
  readonly address: string;
  /** Letters, digits and -; of a trace, hexadecimal digits. */
  readonly requestId: string;
  readonly traceId: string | undefined;
  /** Id of the caller, where it was recognised. */
  readonly caller: string | undefined;
  /** Of the answer's body, where that is known. */
  readonly bytes: number | undefined;
}

/** An answered request, and whether its path is one of our own addresses. */
interface Told {
  readonly request: AnsweredRequest;
  readonly plain: boolean;
  readonly time: string;
}

/**
 * One line for each HTTP request. They are written in batches and not through winston, which would cost as much as the
 * call itself.
 */
@Injectable()
export class RequestLog implements OnModuleInit, BeforeApplicationShutdown {
  /** The lines that wait, one after the other: as texts of their own each would be copied about in memory until then. */
  private waiting = Buffer.allocUnsafeSlow(MAX_BYTES);
  private size = 0;
  private count = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly clock = new IsoClock();
  /** Those whose line is not put together yet: that can wait until answers have left. */
  private told: Told[] = [];
  private readonly flushNow = () => {
    this.flush();
  };
  private readonly putTogether = () => {
    const { told } = this;
    this.told = [];
    for (const one of told) this.write(one);
  };

  constructor(
    private readonly log: Log,
    private readonly redactor: Redactor,
  ) {}

  onModuleInit(): void {
    process.once('exit', this.flushNow);
  }

  /** `plain` for a path that is one of our own addresses: nobody can have put a secret there. */
  tell(request: AnsweredRequest, plain: boolean): void {
    const count = this.told.push({ request, plain, time: this.clock.now() });
    if (count === IN_A_ROW) setImmediate(this.putTogether);
    this.flushSoon();
  }

  private write({ request, plain, time }: Told): void {
    const level = levelOf(request);
    if (!this.log.writes(level)) return;
    const path = plain ? request.path : this.cleanPath(request.path);
    const line = lineOf(request, path, level, time);
    if (this.size + line.length * BYTES_PER_CHARACTER > MAX_BYTES) this.writeLines();
    this.size += this.waiting.write(line, this.size);
    this.count += 1;
    if (this.count >= MAX_WAITING) this.writeLines();
    else this.flushSoon();
  }

  private flushSoon(): void {
    this.timer ??= setTimeout(this.flushNow, FLUSH_AFTER_MS).unref();
  }

  /** Writes what waits. */
  flush(): void {
    this.putTogether();
    this.writeLines();
  }

  private writeLines(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { size, count } = this;
    if (count === 0) return;
    this.size = 0;
    this.count = 0;
    const isFree = this.log.writeLines({ json: this.waiting.subarray(0, size), count });
    if (!isFree) this.waiting = Buffer.allocUnsafeSlow(MAX_BYTES);
  }

  beforeApplicationShutdown(): void {
    this.flush();
    process.off('exit', this.flushNow);
  }

  /** As it is shown. A secret may also be encoded; then the path is shown as it reads. */
  cleanPath(path: string): string {
    const read = path.slice(0, MAX_READ);
    const decoded = decode(read);
    const clean = this.redactor.text(decoded);
    return escapeControls(clean === decoded ? read : clean).slice(0, MAX_PATH);
  }
}

/** An entry of the log as it is written, put together by hand: to build one and have it written costs several times that. */
function lineOf(request: AnsweredRequest, path: string, level: Level, time: string): string {
  const { durationMs, requestId, traceId, caller, bytes } = request;
  const { start, middle, end } = commonParts(request, path, level);
  const trace = traceId === undefined ? '' : `","traceId":"${traceId}`;
  const who = caller === undefined ? '' : `,"caller":${jsonText(caller)}`;
  const size = bytes === undefined ? '}\n' : `,"bytes":${bytes}}\n`;
  return `{"time":"${time}${start}${requestId}${trace}${middle}${msText(durationMs)}${end}${who}${size}`;
}

/** Of a line, what is the same for requests that are alike, as one after the other mostly are. */
interface CommonParts {
  readonly of: Pick<AnsweredRequest, 'method' | 'status' | 'address'> & { path: string; level: Level };
  readonly start: string;
  readonly middle: string;
  readonly end: string;
}

let last: CommonParts | undefined;

function commonParts({ method, status, address }: AnsweredRequest, path: string, level: Level): CommonParts {
  const of = last?.of;
  if (
    last &&
    of?.path === path &&
    of.status === status &&
    of.address === address &&
    of.method === method &&
    of.level === level
  ) {
    return last;
  }
  const shown = jsonText(path).slice(1, -1);
  return (last = {
    of: { method, status, address, path, level },
    start: `","level":"${level}","message":"${method} ${shown} ${status}","context":"Request","requestId":"`,
    middle: `","method":"${method}","path":"${shown}","status":${status},"durationMs":`,
    end: `,"address":${jsonText(address)}`,
  });
}

function levelOf({ path, status }: AnsweredRequest): Level {
  if (quietPaths.has(path)) return 'debug';
  return status >= 500 ? 'warn' : 'info';
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
