// Days as the simulated shop counts them: whole days in UTC since 1970-01-01.

export const dayMs = 86_400_000;
export const daysPerYear = 365.25;

/** The day that an instant (ms since 1970) falls on. */
export function dayOf(instantMs: number): number {
  return Math.floor(instantMs / dayMs);
}

/** 0 is Monday, 6 is Sunday. */
export function weekdayOf(day: number): number {
  // 1970-01-01 was a Thursday.
  return (((day + 3) % 7) + 7) % 7;
}

export function yearOf(day: number): number {
  return new Date(day * dayMs).getUTCFullYear();
}

/** The first day of a calendar year. */
export function newYear(year: number): number {
  return Date.UTC(year, 0, 1) / dayMs;
}

/** The day as YYYY-MM-DD. */
export function dateText(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}
