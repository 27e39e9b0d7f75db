import { Injectable } from '@nestjs/common';

/** Where the gateway is between its start and its end. */
@Injectable()
export class Readiness {
  private phase: 'starting' | 'serving' | 'stopping' = 'starting';

  get state() {
    return this.phase;
  }

  started(): void {
    if (this.phase === 'starting') this.phase = 'serving';
  }

  stopping(): void {
    this.phase = 'stopping';
  }
}
