import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'dotenv';
import { StartError } from '#libs/kit';

/** The texts that settings are read from, by variable name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment over the `.env` file of the working directory; the only place that reads either. */
export function readEnvironment(): Environment {
  return { ...readDotEnv('.env'), ...process.env };
}

function readDotEnv(path: string): Record<string, string> {
  try {
    return parse(readFileSync(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    throw new StartError(`${resolve(path)} can't be read (${code}).`, { cause: error });
  }
}
