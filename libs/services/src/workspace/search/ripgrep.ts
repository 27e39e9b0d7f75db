import { spawn } from 'node:child_process';
import { OperationError } from '#libs/kit';

const MAX_COMPLAINT = 2_000;

/** How a search ended. */
export interface SearchEnd {
  /** By itself, and not because what it found was enough or the time was up. */
  complete: boolean;
  /** What ripgrep said against the search, where it refused it. */
  complaint?: string;
}

/**
 * Runs ripgrep in a directory, with nothing of our environment, and hands on what it prints until `take` has enough.
 *
 * @param take answers whether it wants more
 */
export async function runRipgrep(
  args: readonly string[],
  { cwd, signal }: { cwd: string; signal: AbortSignal },
  take: (output: Buffer) => boolean,
): Promise<SearchEnd> {
  const command = await ripgrepPath();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
      killSignal: 'SIGKILL',
    });
    let enough = false;
    let complaint = '';
    child.stdout.on('data', (output: Buffer) => {
      if (enough || take(output)) return;
      enough = true;
      child.kill('SIGKILL');
    });
    child.stderr.on('data', (text: Buffer) => {
      if (complaint.length < MAX_COMPLAINT) complaint += text.toString();
    });
    child.once('error', (error) => {
      if (child.pid === undefined) reject(error);
    });
    child.once('close', (code) => {
      const refused = code === 2 && complaint !== '';
      resolve({ complete: code !== null, ...(refused && { complaint: complaint.slice(0, MAX_COMPLAINT) }) });
    });
  });
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
