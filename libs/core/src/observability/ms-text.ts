const MICROSECONDS = 1_000;
/** Of each number of thousandths, what stands behind the whole ones. */
const FRACTIONS = Array.from({ length: MICROSECONDS }, (_, i) => String(i / MICROSECONDS).slice(1));

/**
 * Milliseconds to the microsecond, as JSON has them: 0.25. To find the shortest text of a fraction takes the engine longer
 * than the rest of a line.
 */
export function msText(ms: number): string {
  const micros = Math.round(ms * MICROSECONDS);
  return `${Math.trunc(micros / MICROSECONDS)}${FRACTIONS[micros % MICROSECONDS] ?? ''}`;
}
