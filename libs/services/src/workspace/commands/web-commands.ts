import type { LookupAddress } from 'node:dns';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { OperationError, type OutputOf } from '#libs/kit';
import { HttpClient, UrlGuard, type HttpAnswer } from '#libs/outbound';
import type { executeCommand } from '../operations/commands.js';
import type { WebRequest } from './grammars/curl.js';
import { MAX_OUTPUT_BYTES } from './programs.js';

type Answer = OutputOf<typeof executeCommand>;

const MAX_REDIRECTS = 5;
/** curl's own word for a status that `-f` takes for a failure. */
const FAILED_BY_STATUS = 22;

/** What of the commands reaches other machines, all of it by the gateway's own guard. */
@Injectable()
export class WebCommands {
  constructor(
    private readonly http: HttpClient,
    private readonly guard: UrlGuard,
  ) {}

  /** Asks as curl would, by the gateway's own client: it reaches what `fetch_url` reaches. */
  async fetch(request: WebRequest, signal: AbortSignal): Promise<Answer> {
    const { url, method, headers, timeoutMs } = request;
    const answer = await this.http.request({
      url,
      method,
      headers,
      policy: 'open',
      signal,
      maxBytes: MAX_OUTPUT_BYTES,
      redirects: request.redirects ? MAX_REDIRECTS : 0,
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    if (request.failOnStatus && answer.status >= 400) {
      const stderr = `The requested URL returned error: ${answer.status}\n`;
      return { exitCode: FAILED_BY_STATUS, stdout: '', stderr, truncated: false };
    }
    const stdout = `${request.showHead ? headOf(answer) : ''}${answer.text()}`;
    return { exitCode: 0, stdout, stderr: '', truncated: false };
  }

  /** An address of a host that may be reached; which port is asked for makes no difference to ping. */
  async addressOf(host: string): Promise<string> {
    const isV6 = host.includes(':');
    const url = this.guard.inspect(`http://${isV6 ? `[${host}]` : host}/`, 'open');
    const name = url.hostname.replace(/^\[|\]$/g, '');
    if (isV6 || /^[\d.]+$/.test(name)) return name;
    const lookup = promisify(this.guard.lookup(80)) as (host: string, options: object) => Promise<LookupAddress[]>;
    const [first] = await lookup(name, { all: true }).catch((error: unknown) => {
      if (error instanceof OperationError) throw error;
      throw new OperationError('failed', `${host} has no address that could be found`, {}, { cause: error });
    });
    if (!first) throw new OperationError('failed', `${host} has no address`);
    return first.address;
  }
}

function headOf({ status, headers }: HttpAnswer): string {
  const lines = Object.entries(headers).flatMap(([name, value = []]) => [value].flat().map((one) => `${name}: ${one}`));
  return `${[`HTTP ${status}`, ...lines].join('\n')}\n\n`;
}
