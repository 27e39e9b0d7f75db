/** Whether a date that looks like one (`2027-02-31`) is in the calendar; `Date.parse` lets February have 31 days. */
export function isCalendarDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}
