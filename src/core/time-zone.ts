// Local time in an IANA zone to an instant, by the zone rules that Node brings along.

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Zone offsets change on quarters of an hour at the finest, so one answer holds for such a slot. */
const slotMs = 15 * minuteMs;
const slotsMax = 20_000;

/** Whether Node knows a zone of that name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * A function from local wall-clock time (as if it were UTC, in ms) to the instant in ms. A time that happens twice is
 * the first one; a time that the clock skips is moved forward by what it skips.
 */
export function localTimeIn(zone: string): (localMs: number) => number {
  if (/^(utc|etc\/utc|gmt)$/i.test(zone)) return (localMs) => localMs;
  const offsetAt = offsetIn(zone);
  return (localMs) => {
    const before = offsetAt(localMs - dayMs);
    const after = offsetAt(localMs + dayMs);
    if (before === after || offsetAt(localMs - before) === before) return localMs - before;
    return offsetAt(localMs - after) === after ? localMs - after : localMs - before;
  };
}

/** A function from an instant to how far local time is ahead of UTC at it, both in ms. */
export function offsetIn(zone: string): (instantMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  const known = new Map<number, number>();
  return (instantMs) => {
    const slot = Math.floor(instantMs / slotMs);
    let offsetMs = known.get(slot);
    if (offsetMs === undefined) {
      if (known.size >= slotsMax) known.clear();
      offsetMs = readOffset(format, slot * slotMs);
      known.set(slot, offsetMs);
    }
    return offsetMs;
  };
}

function readOffset(format: Intl.DateTimeFormat, instantMs: number): number {
  const name = format.formatToParts(instantMs).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /([+-])(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(name);
  if (!match) return 0;
  const ms = (Number(match[2]) * 60 + Number(match[3])) * minuteMs + Number(match[4] ?? 0) * 1000;
  return match[1] === '-' ? -ms : ms;
}
