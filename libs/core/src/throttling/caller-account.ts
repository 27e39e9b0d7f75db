import { SlidingWindow } from './sliding-window.js';
import { WaitingCalls } from './waiting-calls.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What a caller may spend, with nothing left open; 0 is no limit. */
export interface Budget {
  readonly perMinute: number;
  readonly perHour: number;
  readonly concurrency: number;
  readonly tokensPerDay: number;
}

/** What one caller has spent. */
export class CallerAccount {
  readonly minute: SlidingWindow;
  readonly hour = new SlidingWindow(HOUR_MS);
  readonly day = new SlidingWindow(DAY_MS);
  readonly waiting = new WaitingCalls();
  running = 0;
  private policy: string | undefined;
  private policyOf: Budget | undefined;

  constructor(private readonly minuteMs: number) {
    this.minute = new SlidingWindow(minuteMs);
  }

  isIdle(now: number): boolean {
    if (this.running > 0 || this.waiting.size > 0) return false;
    return this.minute.isIdle(now) && this.hour.isIdle(now) && this.day.isIdle(now);
  }

  /**
   * `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers): `q` units in `w` seconds, of which `r`
   * are left and more come in `t` seconds. The tightest stands first.
   */
  headers(budget: Budget, now: number): Record<string, string> {
    const { perMinute, perHour, tokensPerDay } = budget;
    if (perMinute === 0 && perHour === 0 && tokensPerDay === 0) return {};
    let text = '';
    let least = Infinity;
    const tell = (name: string, limit: number, window: SlidingWindow) => {
      if (limit === 0) return;
      const left = Math.max(0, limit - window.used(now));
      const item = `"${name}";r=${left};t=${Math.ceil(window.resetMs(now) / 1_000)}`;
      if (text === '') text = item;
      else text = left < least ? `${item}, ${text}` : `${text}, ${item}`;
      least = Math.min(least, left);
    };
    tell('minute', perMinute, this.minute);
    tell('hour', perHour, this.hour);
    tell('tokens', tokensPerDay, this.day);
    return { 'ratelimit-policy': this.policyText(budget), ratelimit: text };
  }

  /** Written once for each set of numbers. */
  private policyText(budget: Budget): string {
    const last = this.policyOf;
    const { perMinute, perHour, tokensPerDay } = budget;
    if (last?.perMinute !== perMinute || last.perHour !== perHour || last.tokensPerDay !== tokensPerDay) {
      this.policyOf = budget;
      this.policy = [
        ...(perMinute > 0 ? [`"minute";q=${perMinute};w=${Math.ceil(this.minuteMs / 1_000)}`] : []),
        ...(perHour > 0 ? [`"hour";q=${perHour};w=${HOUR_MS / 1_000}`] : []),
        ...(tokensPerDay > 0 ? [`"tokens";q=${tokensPerDay};w=${DAY_MS / 1_000};qu="tokens"`] : []),
      ].join(', ');
    }
    return this.policy ?? '';
  }
}
