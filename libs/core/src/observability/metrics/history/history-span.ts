import { invalidField } from '#libs/kit';
import { HOUR, MINUTE } from './point-rows.js';

const MS_PER_SECOND = 1_000;
const TEN_MINUTES_MS = 10 * MINUTE * MS_PER_SECOND;
const DAY_MS = 24 * HOUR * MS_PER_SECOND;
/** A question for the last ten minutes takes a moment to get here. */
const SLACK_MS = 5_000;
/** Steps that divide an hour or a day. */
const STEPS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400];
/** What a picture has room for, and what an answer has. */
const COMFORTABLE_POINTS = 300;
const MAX_POINTS = 1_500;

export interface HistoryQuestion {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** In seconds. */
  readonly step?: number | undefined;
}

/** What a history is made of. */
export interface HistorySpan {
  /** In milliseconds since 1970: a beginning of a step, and an end, which is excluded. */
  readonly from: number;
  readonly to: number;
  /** In seconds. */
  readonly step: number;
  /** What is read, in seconds: 1 from memory, 60 or 3600 from the store. */
  readonly resolution: number;
}

/**
 * The span that a question means: by default the last ten minutes, in steps of which a picture has room for. A step that is
 * finer than what is kept of that time becomes as fine as can be. Throws `invalid` where it makes no sense.
 */
export function spanOf({ from, to, step }: HistoryQuestion, now: number): HistorySpan {
  // the running second is in it
  const end = Math.min(to?.getTime() ?? Infinity, now + 1);
  const begin = from?.getTime() ?? end - TEN_MINUTES_MS;
  if (begin >= end) throw invalidField('from', 'a time before `to` and before now', new Date(begin).toISOString());
  const seconds = (end - begin) / MS_PER_SECOND;
  const wanted = step ?? STEPS.find((each) => seconds / each <= COMFORTABLE_POINTS) ?? STEPS.at(-1) ?? HOUR;
  const resolution = resolutionOf(wanted, now - begin);
  const fine = Math.ceil(wanted / resolution) * resolution;
  if (seconds / fine > MAX_POINTS) {
    throw invalidField('step', `at least ${Math.ceil(seconds / MAX_POINTS)} seconds for this span`, String(fine));
  }
  const stepMs = fine * MS_PER_SECOND;
  return { from: Math.floor(begin / stepMs) * stepMs, to: end, step: fine, resolution };
}

/** The coarsest that makes the step, of what is kept so far back. */
function resolutionOf(step: number, ageMs: number): number {
  if (step % HOUR === 0 || ageMs > DAY_MS + SLACK_MS) return HOUR;
  return step % MINUTE === 0 || ageMs > TEN_MINUTES_MS + SLACK_MS ? MINUTE : 1;
}
