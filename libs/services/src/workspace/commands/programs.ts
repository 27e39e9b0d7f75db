import { Injectable, Logger } from '@nestjs/common';
import { bulkhead, BulkheadRejectedError, TaskCancelledError } from 'cockatiel';
import { OperationError, type ServiceStatus } from '#libs/kit';
import { confined, findProgram, runProgram, Sandbox, type ProgramRun } from '#libs/processes';
import { WorkspaceSettings } from '../workspace.settings.js';

const AT_ONCE = 8;
const MAX_WAITING = 32;
export const MAX_OUTPUT_BYTES = 1024 * 1024;
const MEMORY_BYTES = 1024 ** 3;
const PROCESSES = 2_048;

export interface Program {
  readonly name: string;
  readonly args: readonly string[];
  /** A real path. */
  readonly cwd: string;
  /** Besides a path, a language and a home. */
  readonly env?: Readonly<Record<string, string>>;
  /** Real paths of the directories that it sees, may change, and of those must keep. */
  readonly reads: readonly string[];
  readonly writes?: readonly string[];
  readonly keeps?: readonly string[];
  readonly network?: boolean;
  readonly input?: string | undefined;
  readonly onOutput?: ((part: Buffer) => void) | undefined;
}

/** Every program that is run in the workspace: a few of the system's own, confined, within limits, eight at once. */
@Injectable()
export class Programs {
  private readonly places = bulkhead(AT_ONCE, MAX_WAITING);

  constructor(
    private readonly sandbox: Sandbox,
    private readonly settings: WorkspaceSettings,
  ) {
    if (settings.enabled && sandbox.problem !== undefined) {
      new Logger(Programs.name).warn(`Commands and git run without walls around them: ${sandbox.problem}`);
    }
  }

  /** Whether programs are shut in. Where they are not, the rules on their words and paths hold all the same. */
  status(): ServiceStatus {
    const { problem } = this.sandbox;
    if (problem === undefined) return { state: 'ready' };
    return { state: 'ready', reason: `Commands and git run without walls around them: ${problem}` };
  }

  /** Hands one of the eight places to `work`, with a signal that also tells when its time is over. */
  async inTurn<T>(given: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeoutMs } = this.settings;
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(tooSlow(timeoutMs)), timeoutMs);
    const signal = AbortSignal.any([given, over.signal]);
    try {
      return await this.places.execute(() => work(signal), signal);
    } catch (error) {
      if (error instanceof BulkheadRejectedError) throw noPlace();
      throw error instanceof TaskCancelledError ? signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs a program to its end. Rejects with `unavailable` where this machine has none of that name. */
  run({ name, args, cwd, env, input, onOutput, ...walls }: Program, signal: AbortSignal): Promise<ProgramRun> {
    const command = findProgram(name);
    if (command === undefined) {
      throw new OperationError('unavailable', `${name} is not installed where the gateway runs`, { retryable: false });
    }
    const clean = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: '/nonexistent', ...env };
    const cpuSeconds = Math.ceil(this.settings.timeoutMs / 1_000);
    const limits = { memoryBytes: MEMORY_BYTES, processes: PROCESSES, cpuSeconds };
    const shut = confined({ command, args, env: clean, cwd }, { sandbox: this.sandbox, limits, ...walls });
    return runProgram(shut, { signal, maxBytes: MAX_OUTPUT_BYTES, input, onOutput });
  }
}

function tooSlow(timeoutMs: number): OperationError {
  const message = `It took longer than ${timeoutMs} ms and was ended with all that it started; ask for less at once`;
  return new OperationError('deadline', message, { retryable: false });
}

function noPlace(): OperationError {
  const message = `${AT_ONCE} programs run in the workspace and ${MAX_WAITING} wait; try again soon`;
  return new OperationError('limited', message, { retryAfterMs: 1_000 });
}
