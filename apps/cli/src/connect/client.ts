import type { Terminal } from '../terminal.js';

/** What a client's configuration is made of. */
export interface Target {
  /** The MCP address. */
  readonly url: string;
  /** Whether callers give a key, which the environment of the client holds as MCP_GATEWAY_KEY. */
  readonly key: boolean;
  /** For clients that only speak stdio: the program that they start, with its arguments and variables. */
  readonly bridge: {
    readonly command: string;
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  };
}

/** A file of a client, and where in it its servers stand. */
export interface ClientFile {
  readonly path: string;
  readonly format: 'json' | 'toml';
  /** Names of the members that lead to the servers. */
  readonly place: readonly string[];
  readonly entry: Readonly<Record<string, unknown>>;
  /** Other members that the entry needs beside it. */
  readonly beside?: Readonly<Record<string, unknown>>;
  /** What is left for the person to do. */
  readonly then?: string;
}

export interface Client {
  readonly id: string;
  readonly title: string;
  file(target: Target, terminal: Pick<Terminal, 'home' | 'directory' | 'platform' | 'env'>): ClientFile;
}

/** The name of the variable in which clients keep the key: files are copied and shared. */
export const KEY_VARIABLE = 'MCP_GATEWAY_KEY';
