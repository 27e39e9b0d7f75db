import type { UpstreamFailure } from './upstream.js';

/** What went wrong last with an upstream, until something goes right again. */
export class Health {
  private failure: UpstreamFailure | undefined;

  get lastFailure(): UpstreamFailure | undefined {
    return this.failure;
  }

  failed(stage: UpstreamFailure['stage'], message: string): void {
    const at = new Date();
    this.failure = { stage, message, at, since: this.failure?.since ?? at };
  }

  succeeded(): void {
    this.failure = undefined;
  }
}
