import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path/posix';

/** The path with all links resolved, as far as it exists. */
export function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    // what can't be entered or is not there yet has no links that lead on
    const above = dirname(path);
    return above === path ? path : join(realPathOf(above), basename(path));
  }
}
