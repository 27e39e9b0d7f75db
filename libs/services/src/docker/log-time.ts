const unitMs: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Seconds since 1970 of an ISO time, or of a time ago such as `15m`; undefined for what is neither. */
export function logTime(text: string, now = Date.now()): number | undefined {
  const ago = /^(\d{1,9})([smhd])$/.exec(text);
  if (ago) return (now - Number(ago[1]) * (unitMs[ago[2] ?? ''] ?? 0)) / 1_000;
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? undefined : time / 1_000;
}
