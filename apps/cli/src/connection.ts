import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from './failure.js';
import { GatewayClient } from './gateway-client.js';
import type { Terminal } from './terminal.js';

export const DEFAULT_URL = 'http://127.0.0.1:8100';

/** What every command takes. */
export interface GlobalOptions {
  readonly url?: string;
  readonly keyFile?: string;
  readonly json?: boolean;
}

/**
 * The gateway that a command speaks to. A key comes from the environment or a file and never from the command line, which
 * everyone on the machine can read.
 */
export function connectionOf({ url, keyFile }: GlobalOptions, terminal: Terminal): GatewayClient {
  const { env, directory } = terminal;
  const file = keyFile ?? env.MCP_GATEWAY_KEY_FILE;
  const key =
    file === undefined || file === ''
      ? keyIn(env.MCP_GATEWAY_KEY ?? '', 'MCP_GATEWAY_KEY')
      : keyIn(readKey(resolve(directory, file)), `The key file ${resolve(directory, file)}`);
  return new GatewayClient(addressOf(url ?? env.MCP_GATEWAY_URL), key, terminal.interrupted);
}

/** What a header can carry. Nothing of a key is ever told. */
function keyIn(text: string, place: string): string | undefined {
  const key = text.trim();
  if (key === '') return undefined;
  if (!/^[\x20-\x7e]+$/.test(key)) throw new Failure('usage', `${place} has to hold one key, in one line of ASCII`);
  return key;
}

function addressOf(text: string | undefined): URL {
  const given = text?.trim() || DEFAULT_URL;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new Failure('usage', `The address of a gateway looks like ${DEFAULT_URL}, without a user name`);
  }
  return url;
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure('usage', `The key file ${path} can't be read (${code ?? 'unknown'})`);
  }
}
