import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from '#libs/kit';
import { ProcessGroup, type ProcessCommand } from './process-group.js';

/** What of a program's output may come after its end, before it is given up: something it left behind holds it open. */
const LAST_WORDS_MS = 500;

export interface RunOptions {
  /** Ends the program with all that it started; the run rejects with its reason. */
  readonly signal: AbortSignal;
  /** Of both outputs together. A program that says more is ended. */
  readonly maxBytes: number;
  /** All that the program gets to read. */
  readonly input?: string | Buffer | undefined;
  /** Told each part of the standard output as it comes. */
  readonly onOutput?: ((part: Buffer) => void) | undefined;
  /** False where what is told is enough: the output of the run is then empty. */
  readonly keepsOutput?: boolean;
}

export interface ProgramRun {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly output: Buffer;
  readonly errors: Buffer;
  /** It said more than `maxBytes` and was ended. */
  readonly truncated: boolean;
}

/** Runs a program to its end. Rejects with `unavailable` where it can't be started. */
export async function runProgram(
  command: ProcessCommand,
  { signal, maxBytes, input = '', onOutput, keepsOutput = true }: RunOptions,
): Promise<ProgramRun> {
  signal.throwIfAborted();
  const child = new ProcessGroup(command);
  const kill = () => child.kill();
  signal.addEventListener('abort', kill);
  child.input?.end(input);

  let room = maxBytes;
  let truncated = false;
  const collect = (stream: Readable | null, keeps: boolean, told?: (part: Buffer) => void) => {
    const parts: Buffer[] = [];
    stream?.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, room);
      room -= part.length;
      if (part.length > 0) {
        if (keeps) parts.push(part);
        told?.(part);
      }
      if (part.length === chunk.length || truncated) return;
      truncated = true;
      child.kill();
    });
    return { parts, closed: new Promise<void>((resolve) => stream?.once('close', resolve)) };
  };
  const output = collect(child.output, keepsOutput, onOutput);
  const errors = collect(child.errors, true);

  const how = await child.ended;
  signal.removeEventListener('abort', kill);
  if (child.pid === undefined) throw new OperationError('unavailable', `It can't be run: ${how}`);
  await Promise.race([Promise.all([output.closed, errors.closed]), sleep(LAST_WORDS_MS, undefined, { ref: false })]);
  child.output?.destroy();
  child.errors?.destroy();
  signal.throwIfAborted();
  const { exitCode } = child;
  return { exitCode, output: Buffer.concat(output.parts), errors: Buffer.concat(errors.parts), truncated };
}
