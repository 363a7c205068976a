// Local time by the tables of Node, independent of PostgreSQL's: what the reports' calendar is checked against.

const dayMs = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const two = '2-digit';
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
    formats.set(zone, format);
  }
  return format;
}

const known = new Map<string, number>();

/** Local time, written as if it were UTC: milliseconds since 1970 on the local clock. */
export function localMs(instantMs: number, zone: string): number {
  const key = `${zone} ${instantMs}`;
  const found = known.get(key) ?? computeLocalMs(instantMs, zone);
  known.set(key, found);
  return found;
}

function computeLocalMs(instantMs: number, zone: string): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(instantMs)
      .map((part) => [part.type, Number(part.value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const ms = ((instantMs % 1000) + 1000) % 1000;
  return Date.UTC(year, month - 1, day, hour, minute, second) + ms;
}

/** The first instant with this local time; in a gap of the clock, as far after it as it was into the gap. */
export function instantMs(local: number, zone: string): number {
  const offsets = [-2, -1, 1, 2].map((days) => {
    const near = local + days * dayMs;
    return localMs(near, zone) - near;
  });
  const found = offsets.map((offset) => local - offset).filter((instant) => localMs(instant, zone) === local);
  if (found.length > 0) return Math.min(...found);
  return local - (offsets[0] ?? 0);
}

export type CalendarGrain = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** The start of the period that a local time lies in, as local time. */
export function truncate(local: number, grain: CalendarGrain): number {
  const date = new Date(local);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const day = Math.floor(local / dayMs) * dayMs;
  switch (grain) {
    case 'DAY':
      return day;
    case 'WEEK':
      // 1970-01-01 was a Thursday, three days after a Monday.
      return day - ((((day / dayMs + 3) % 7) + 7) % 7) * dayMs;
    case 'MONTH':
      return Date.UTC(year, month, 1);
    case 'QUARTER':
      return Date.UTC(year, month - (month % 3), 1);
    case 'YEAR':
      return Date.UTC(year, 0, 1);
  }
}

/** A local time some months earlier, on the last day of the month where the day does not exist. */
export function monthsEarlier(local: number, months: number): number {
  const date = new Date(local);
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months, 1);
  const next = new Date(first);
  const days = new Date(Date.UTC(next.getUTCFullYear(), next.getUTCMonth() + 1, 0)).getUTCDate();
  const day = Math.min(date.getUTCDate(), days);
  return first + (day - 1) * dayMs + (((local % dayMs) + dayMs) % dayMs);
}

/** 1 (Monday) to 7. */
export function weekdayOf(local: number): number {
  return ((((Math.floor(local / dayMs) + 3) % 7) + 7) % 7) + 1;
}

export function hourOf(local: number): number {
  return new Date(local).getUTCHours();
}
