import type { ClientConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import { StartError } from '#libs/kit';

/** What a URL of PostgreSQL says, with the files that it names. Throws a StartError where it or one of them can't be read. */
export function addressOf(url: string): ClientConfig {
  try {
    return parseIntoClientConfig(url);
  } catch (error) {
    const { code, path, message } = error as NodeJS.ErrnoException;
    const problem = path === undefined ? message : `${path}, which it names, can't be read (${code})`;
    throw new StartError(`DATABASE_URL can't be used: ${problem}.`, { cause: error });
  }
}
