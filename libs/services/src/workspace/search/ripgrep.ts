import { OperationError } from '#libs/kit';
import { runProgram } from '#libs/processes';

const MAX_COMPLAINT = 2_000;
/** More than any page of results; lines of matches can be long. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** How a search ended. */
export interface SearchEnd {
  /** By itself, and not because what it found was enough or the time was up. */
  complete: boolean;
  /** What ripgrep said against the search, where it refused it. */
  complaint?: string;
}

interface Surroundings {
  cwd: string;
  signal: AbortSignal;
  /** What it can read at /dev/stdin. */
  input?: string | undefined;
}

/**
 * Runs ripgrep in a directory, with nothing of our environment, and hands on what it prints until `take` has enough.
 *
 * @param take answers whether it wants more
 */
export async function runRipgrep(
  args: readonly string[],
  { cwd, signal, input }: Surroundings,
  take: (output: Buffer) => boolean,
): Promise<SearchEnd> {
  const command = await ripgrepPath();
  const enough = new AbortController();
  const over = AbortSignal.any([signal, enough.signal]);
  const onOutput = (output: Buffer) => {
    if (!over.aborted && !take(output)) enough.abort();
  };
  try {
    const options = { signal: over, maxBytes: MAX_OUTPUT_BYTES, input, onOutput, keepsOutput: false };
    const { exitCode, errors, truncated } = await runProgram({ command, args, env: {}, cwd }, options);
    const complaint = exitCode === 2 && !truncated ? errors.toString('utf8', 0, MAX_COMPLAINT) : '';
    return { complete: exitCode !== null && !truncated, ...(complaint !== '' && { complaint }) };
  } catch (error) {
    if (over.aborted) return { complete: false };
    throw error;
  }
}

/** Imported late: where npm installed no binary for this machine, the package throws, and only searching is lost. */
async function ripgrepPath(): Promise<string> {
  try {
    return (await import('@vscode/ripgrep')).rgPath;
  } catch (cause) {
    throw new OperationError(
      'unavailable',
      'Searching is not possible on this machine: ripgrep is not installed; list_directory and read_file work',
      { retryable: false },
      { cause },
    );
  }
}
