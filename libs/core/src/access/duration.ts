const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** Seconds of `3600`, `90s`, `15m`, `24h` or `7d`; undefined for any other text. */
export function secondsOf(text: string): number | undefined {
  const match = /^(\d{1,9})([smhd]?)$/.exec(text);
  return match ? Number(match[1]) * SECONDS[(match[2] || 's') as keyof typeof SECONDS] : undefined;
}
