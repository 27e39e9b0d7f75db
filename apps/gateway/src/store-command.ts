import { createRequire } from 'node:module';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { Logger } from '@nestjs/common';
import { DataDirectory, readEnvironment, readSettings, StoreSettings } from '#libs/core';
import { StartError } from '#libs/kit';
import { declaredSettings } from './declared-settings.js';

const { version } = createRequire(import.meta.url)('#package.json') as { version: string };

type Options = NonNullable<ParseArgsConfig['options']>;

/** What a command on the store is given: the gateway's own settings, and a way to tell and to be stopped. */
function task() {
  const settings = readSettings([StoreSettings], readEnvironment(), declaredSettings());
  const { dataDir, databaseUrl, secretKey } = settings.get(StoreSettings) as StoreSettings;
  return {
    directory: dataDir === undefined ? DataDirectory.default() : new DataDirectory(dataDir),
    databaseUrl,
    secretKey,
    version,
    say: (line: string) => void process.stdout.write(`${line}\n`),
    signal: stopSignal(),
  };
}

/** What a command does; nothing where the words are not those that it takes. */
type Work = (
  words: readonly string[],
  given: ReturnType<typeof task>,
  flags: Record<string, unknown>,
) => Promise<void> | undefined;

/** Runs a command with flags. It ends the process with 0, or with 1 and a line that says what to do. */
export async function runOnStore(usage: string, options: Options, work: Work): Promise<void> {
  // the server's own account of its start and stop says nothing about the command
  Logger.overrideLogger(['error', 'fatal']);
  try {
    const { words, flags } = parse(usage, options);
    const working = work(words, task(), flags);
    if (!working) throw new StartError(`Usage: ${usage}`);
    await working;
    process.exitCode = 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  }
}

/** Runs a command that takes one file, and flags. */
export function runOnFile(
  usage: string,
  options: Options,
  work: (file: string, given: ReturnType<typeof task>, flags: Record<string, unknown>) => Promise<void>,
): Promise<void> {
  return runOnStore(usage, options, ([file = '', ...more], given, flags) =>
    file !== '' && more.length === 0 ? work(file, given, flags) : undefined,
  );
}

function parse(usage: string, options: Options): { words: string[]; flags: Record<string, unknown> } {
  try {
    const { positionals, values } = parseArgs({ options, allowPositionals: true });
    return { words: positionals, flags: values };
  } catch (cause) {
    throw new StartError(`Usage: ${usage}`, { cause });
  }
}

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => controller.abort(new StartError('Stopped by a signal.')));
  }
  return controller.signal;
}

function messageOf(error: unknown): string {
  if (error instanceof Error && error.name === 'AbortError') return messageOf(error.cause);
  if (error instanceof StartError) return error.message;
  return `It failed: ${error instanceof Error ? error.message : String(error)}`;
}
