import { Injectable, Logger } from '@nestjs/common';
import { OperationError, type ServiceStatus } from '#libs/kit';
import {
  confined,
  findProgram,
  runProgram,
  Sandbox,
  wallsFailed,
  type HeldDirectory,
  type ProgramRun,
} from '#libs/processes';
import { Places } from '../places.js';
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
  /** Of those it runs in or sees, the ones that callers could move meanwhile. */
  readonly holds?: readonly HeldDirectory[];
  readonly network?: boolean;
  readonly input?: string | Buffer | undefined;
  readonly onOutput?: ((part: Buffer) => void) | undefined;
  /** Of both outputs together; a MiB where nothing is said. */
  readonly maxBytes?: number | undefined;
}

/** Every program that is run in the workspace: a few of the system's own, confined, within limits, eight at once. */
@Injectable()
export class Programs {
  private readonly places = new Places(AT_ONCE, { waiting: MAX_WAITING, refusal: noPlace });

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

  /**
   * Hands one of the eight places to `work`, with a signal that also tells when its time is over. That begins with the
   * place; waiting for one may take as long, and is `limited` then.
   */
  async inTurn<T>(given: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeoutMs } = this.settings;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(noPlaceIn(timeoutMs)), timeoutMs);
    const begin = () => {
      clearTimeout(timer);
      return this.inTime(given, work);
    };
    try {
      return await this.places.with(AbortSignal.any([given, patience.signal]), begin);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Runs a program to its end. Rejects with `unavailable` where this machine has none of that name, and where it could not
   * be shut in.
   */
  async run(program: Program, signal: AbortSignal): Promise<ProgramRun> {
    const { name, args, cwd, env, input, onOutput, maxBytes = MAX_OUTPUT_BYTES, ...walls } = program;
    const command = findProgram(name);
    if (command === undefined) {
      throw new OperationError('unavailable', `${name} is not installed where the gateway runs`, { retryable: false });
    }
    const clean = { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: '/nonexistent', ...env };
    const cpuSeconds = Math.ceil(this.settings.timeoutMs / 1_000);
    const limits = { memoryBytes: MEMORY_BYTES, processes: PROCESSES, cpuSeconds };
    const shut = confined({ command, args, env: clean, cwd }, { sandbox: this.sandbox, limits, ...walls });
    const run = await runProgram(shut, { signal, maxBytes, input, onOutput });
    if (this.sandbox.bwrap !== undefined && wallsFailed(run)) throw notShutIn(run);
    return run;
  }

  private async inTime<T>(given: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeoutMs } = this.settings;
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(tooSlow(timeoutMs)), timeoutMs);
    try {
      return await work(AbortSignal.any([given, over.signal]));
    } finally {
      clearTimeout(timer);
    }
  }
}

function tooSlow(timeoutMs: number): OperationError {
  const message = `It took longer than ${timeoutMs} ms and was ended with all that it started; ask for less at once`;
  return new OperationError('deadline', message, { retryable: false });
}

function noPlaceIn(timeoutMs: number): OperationError {
  const message = `${AT_ONCE} programs run in the workspace, and there was no place for another one in ${timeoutMs} ms; try again soon`;
  return new OperationError('limited', message, { retryAfterMs: 1_000 });
}

function noPlace(): OperationError {
  const message = `${AT_ONCE} programs run in the workspace and ${MAX_WAITING} wait; try again soon`;
  return new OperationError('limited', message, { retryAfterMs: 1_000 });
}

function notShutIn({ errors }: ProgramRun): OperationError {
  const message =
    'The program was not started: its directory was moved meanwhile, or the machine is too busy; try again';
  const cause = new Error(errors.toString().slice(0, 2_000));
  return new OperationError('unavailable', message, { retryable: true, retryAfterMs: 1_000 }, { cause });
}
