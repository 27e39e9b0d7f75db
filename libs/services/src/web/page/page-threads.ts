import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { bulkhead, BulkheadRejectedError } from 'cockatiel';
import { OperationError } from '#libs/kit';
import type { PageWork, ReadPage } from './page-work.js';

/** Pages that are read at once, and that wait. */
const THREADS = 2;
const MOST_WAITING = 64;
/** What one page is given; a page of 1 MiB takes a second or two. */
const READ_MS = 15_000;
const IDLE_MS = 60_000;
const MAX_HEAP_MB = 512;

type Answer = { page: ReadPage } | { failure: string };

/**
 * The threads in which pages become text. One that fails or takes too long is ended; one that is left over is kept for the
 * next page, for a minute.
 */
@Injectable()
export class PageThreads implements OnApplicationShutdown {
  private readonly places = bulkhead(THREADS, MOST_WAITING);
  private readonly running = new Set<Worker>();
  private spare: Worker | undefined;
  private ending: NodeJS.Timeout | undefined;

  /** Rejects with an OperationError: `failed` for a page that can't be read, the reason of `signal` when it aborts. */
  async read(work: PageWork, signal: AbortSignal): Promise<ReadPage> {
    try {
      return await this.places.execute(() => this.readAlone(work, signal));
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      throw new OperationError('unavailable', 'Too many pages are being read; try again soon', { retryable: true });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.ending);
    await Promise.all([...this.running].map((worker) => worker.terminate()));
  }

  private async readAlone(work: PageWork, signal: AbortSignal): Promise<ReadPage> {
    signal.throwIfAborted();
    const worker = this.take();
    try {
      worker.postMessage(work);
      const page = await answerOf(worker, signal);
      this.keep(worker);
      return page;
    } catch (error) {
      this.end(worker);
      throw error;
    }
  }

  private take(): Worker {
    clearTimeout(this.ending);
    const worker = this.spare ?? this.start();
    this.spare = undefined;
    return worker;
  }

  private start(): Worker {
    const worker = new Worker(new URL('./page.worker.js', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    worker.unref();
    worker.on('error', () => this.end(worker));
    this.running.add(worker);
    return worker;
  }

  private keep(worker: Worker): void {
    if (this.spare) {
      this.end(worker);
      return;
    }
    this.spare = worker;
    this.ending = setTimeout(() => this.end(worker), IDLE_MS).unref();
  }

  private end(worker: Worker): void {
    if (this.spare === worker) this.spare = undefined;
    this.running.delete(worker);
    void worker.terminate();
  }
}

async function answerOf(worker: Worker, signal: AbortSignal): Promise<ReadPage> {
  const end = AbortSignal.any([signal, AbortSignal.timeout(READ_MS)]);
  let answer: Answer;
  try {
    [answer] = (await once(worker, 'message', { signal: end })) as [Answer];
  } catch (cause) {
    if (signal.aborted) throw signal.reason as unknown;
    const why = end.aborted ? 'it takes too long' : 'it takes too much memory';
    throw unreadable(why, cause);
  }
  if ('page' in answer) return answer.page;
  throw unreadable('it is not made as pages are', answer.failure);
}

function unreadable(why: string, cause: unknown): OperationError {
  return new OperationError(
    'failed',
    `The page can't be turned into text: ${why}. raw gives it as it is`,
    {},
    { cause },
  );
}
