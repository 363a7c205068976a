// Periods of a season in which nothing ever happens: a shop that is shut on Saturdays.

/** How unlikely a run of zeros by chance must be before a period counts as closed. */
const chanceOfZeros = 0.001;

/** As for every season, three of them must be seen. */
const fewestSeasons = 3;

/**
 * Which periods of a season are closed, that of `values[0]` first: those with zeros only, where so many zeros would come
 * by chance less than once in a thousand, judged by the share of zeros in the other periods. Undefined for none.
 */
export function findClosedPeriods(values: Float64Array, period: number): readonly boolean[] | undefined {
  if (period < 2 || values.length < fewestSeasons * period) return undefined;
  const zeros = new Float64Array(period);
  const counts = new Float64Array(period);
  for (let t = 0; t < values.length; t += 1) {
    counts[t % period] = (counts[t % period] ?? 0) + 1;
    if (values[t] === 0) zeros[t % period] = (zeros[t % period] ?? 0) + 1;
  }
  const empty = Array.from(counts, (count, slot) => zeros[slot] === count);
  let openZeros = 0;
  let openCount = 0;
  for (let slot = 0; slot < period; slot += 1) {
    if (empty[slot] === true) continue;
    openZeros += zeros[slot] ?? 0;
    openCount += counts[slot] ?? 0;
  }
  if (openCount === 0) return undefined;
  const closed = empty.map(
    (all, slot) => all && (openZeros / openCount) ** (counts[slot] ?? 0) < chanceOfZeros,
  );
  return closed.includes(true) ? closed : undefined;
}

/** The values of open periods alone. */
export function withoutClosed(values: Float64Array, closed: readonly boolean[]): Float64Array {
  return values.filter((_, t) => closed[t % closed.length] !== true);
}

/** How many of the periods `start` to `start` + `count` - 1 are open. */
export function countOpen(closed: readonly boolean[], start: number, count: number): number {
  let open = 0;
  for (let t = start; t < start + count; t += 1) if (closed[t % closed.length] !== true) open += 1;
  return open;
}

/** Puts `open` values, those of the open periods from `start` on, among the zeros of the closed ones. */
export function withClosed(
  open: Float64Array,
  closed: readonly boolean[],
  start: number,
  count: number,
): Float64Array {
  let next = 0;
  return Float64Array.from({ length: count }, (_, h) =>
    closed[(start + h) % closed.length] === true ? 0 : (open[next++] ?? 0),
  );
}
