import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { CountedPage, KeptRowsPart, PackedShape, PageWork, RowsWork, ShapeWork } from './result-work.js';

/** The tokenizer takes some 100 MiB: with nothing to do for this long, the thread ends and gives them back. */
const IDLE_MS = 60_000;

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: Error) => void;
}
type Answer = { number: number } & ({ answer: unknown } | { failure: string });

/** The thread that counts, cuts and compresses large answers. Started when there is one, ended when there was none for a while. */
@Injectable()
export class ResultThread implements OnApplicationShutdown {
  private readonly waiting = new Map<number, Waiting>();
  private worker: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;
  private lastNumber = 0;

  shape(work: ShapeWork): Promise<PackedShape> {
    return this.ask(work);
  }

  page(work: PageWork): Promise<CountedPage | undefined> {
    return this.ask(work);
  }

  rows(work: RowsWork): Promise<KeptRowsPart> {
    return this.ask(work);
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.idle);
    await this.worker?.terminate();
  }

  private ask<T>(work: ShapeWork | PageWork | RowsWork): Promise<T> {
    clearTimeout(this.idle);
    this.worker ??= this.start();
    const number = ++this.lastNumber;
    this.worker.postMessage({ number, work });
    return new Promise((resolve, reject) => this.waiting.set(number, { resolve, reject }));
  }

  private start(): Worker {
    const worker = new Worker(new URL('./results.worker.js', import.meta.url));
    worker.unref();
    worker.on('message', (message: Answer) => this.settle(message));
    worker.on('error', (error) => this.lose(worker, error));
    worker.on('exit', () => this.lose(worker, new Error('The thread ended')));
    return worker;
  }

  private settle(message: Answer): void {
    const waiting = this.waiting.get(message.number);
    this.waiting.delete(message.number);
    if ('failure' in message) waiting?.reject(new Error(message.failure));
    else waiting?.resolve(message.answer as never);
    if (this.waiting.size === 0) this.idle = setTimeout(() => this.end(), IDLE_MS).unref();
  }

  private end(): void {
    const worker = this.worker;
    this.worker = undefined;
    void worker?.terminate();
  }

  /** What it had in hand fails; the next work starts another. */
  private lose(worker: Worker, error: Error): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
