import { signal, type ReadonlySignal } from '@preact/signals';

/** A count that goes up a few times a second at most, however often something changes. */
export class Flushed {
  private readonly turns = signal(0);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly everyMs: number) {}

  get turn(): ReadonlySignal<number> {
    return this.turns;
  }

  mark(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.turns.value += 1;
    }, this.everyMs);
  }
}
