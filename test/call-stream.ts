import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './gateway.js';

const PAUSE_MS = 5;

/** Makes calls, one after the other, again and again until it is ended, and keeps the answers that are no good. */
export function callStream(...calls: readonly (() => Promise<Answer>)[]): {
  end(): Promise<{ calls: number; failures: string[] }>;
} {
  const failures: string[] = [];
  let done = 0;
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      for (const [place, call] of calls.entries()) {
        const failure = await call().then(
          ({ status, text }) => (status === 200 ? undefined : `${status} ${text.slice(0, 200)}`),
          (error: unknown) => String(error),
        );
        done += 1;
        if (failure !== undefined) failures.push(`call ${place}: ${failure}`);
      }
      await sleep(PAUSE_MS);
    }
  })();
  return {
    end: async () => {
      isOver = true;
      await running;
      return { calls: done, failures };
    },
  };
}
