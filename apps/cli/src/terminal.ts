import type { Readable, Writable } from 'node:stream';

/** All that a command knows of the world around it but the gateway. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the command was typed. */
  readonly directory: string;
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** How this program is started: the executable and its first arguments. */
  readonly self: readonly [command: string, ...args: string[]];
  /** Aborts when the command should end early (Ctrl-C). */
  readonly interrupted: AbortSignal;
}
