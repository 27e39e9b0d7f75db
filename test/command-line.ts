import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runCli } from '../apps/cli/src/program.js';
import type { Terminal } from '../apps/cli/src/terminal.js';
import { ADMIN_KEY } from './gateway.js';

export interface Typed {
  /** Over an empty environment but for the address and the admin key. */
  env?: Record<string, string>;
  stdin?: string;
  directory?: string;
  home?: string;
  /** Of the terminal; without it the output goes to a program. */
  columns?: number;
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** One command line as a person types it, with its own streams. */
export class CommandLine {
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  /** What it ends with. */
  readonly outcome: Promise<Outcome>;
  private readonly interruption = new AbortController();

  constructor(
    url: string,
    args: readonly string[],
    { env = {}, stdin = '', directory = '/', home = '/', columns }: Typed = {},
  ) {
    const input = new PassThrough();
    input.end(stdin);
    const terminal: Terminal = {
      stdin: input,
      stdout: Object.assign(this.stdout, columns === undefined ? {} : { isTTY: true, columns }),
      stderr: this.stderr,
      env: { MCP_GATEWAY_URL: url, MCP_GATEWAY_KEY: ADMIN_KEY, ...env },
      directory,
      home,
      platform: 'linux',
      self: ['/usr/bin/node', '/opt/mcp-gateway/main.js'],
      interrupted: this.interruption.signal,
    };
    const ended = runCli(args, terminal).finally(() => {
      this.stdout.end();
      this.stderr.end();
    });
    this.outcome = Promise.all([ended, text(this.stdout), text(this.stderr)]).then(([code, stdout, stderr]) => ({
      code,
      stdout,
      stderr,
    }));
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    this.interruption.abort();
  }
}

export function typed(url: string, args: readonly string[], more?: Typed): Promise<Outcome> {
  return new CommandLine(url, args, more).outcome;
}
