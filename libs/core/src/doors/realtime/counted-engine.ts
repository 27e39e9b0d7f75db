import type { IncomingMessage } from 'node:http';
import { Server } from 'engine.io';

/** The engine counts a connection a moment after it has let it in: those of one moment would all find room. */
export class CountedEngine extends Server {
  private arriving = 0;

  get size(): number {
    return this.clientsCount + this.arriving;
  }

  override generateId(request: IncomingMessage): string {
    this.arriving += 1;
    // right before the engine goes on, and counts it
    queueMicrotask(() => (this.arriving -= 1));
    return super.generateId(request) as string;
  }
}
