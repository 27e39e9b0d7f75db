const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short', year: 'numeric' });

interface Progress {
  readonly progress?: number;
  readonly total?: number;
  readonly message?: string;
}

export const count = (value: number): string => (value < 100_000 ? whole.format(value) : compact.format(value));

/** With the digits that matter and no more. */
export function milliseconds(value: number): string {
  if (value >= 10_000) return `${(value / 1_000).toFixed(1)} s`;
  if (value >= 100) return `${whole.format(value)} ms`;
  return `${value.toFixed(value < 10 ? 2 : 1)} ms`;
}

export const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

/** How far a call has come, in its own measure where it tells no whole. */
export function progressText({ progress = 0, total = 0, message = '' }: Progress): string {
  const done = total > 0 ? `${whole.format(Math.min(1, progress / total) * 100)} %` : count(progress);
  return `${done} ${message}`.trim();
}

export function bytes(value: number): string {
  if (value < 1_024) return `${value} B`;
  if (value < 1_024 * 1_024) return `${(value / 1_024).toFixed(1)} KiB`;
  return `${(value / 1_024 / 1_024).toFixed(1)} MiB`;
}

export const time = (iso: string): string => clock.format(new Date(iso));

/** The time alone where it is today's. */
export function moment(iso: string): string {
  const date = new Date(iso);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
}

export const json = (value: unknown): string => JSON.stringify(value, null, 2) ?? '';
