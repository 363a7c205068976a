// The few figures that the tables need.

/** @param {number[]} values not empty */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * @param {number[]} sorted ascending, not empty
 * @param {number} share 0 to 1
 */
export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/**
 * Ratios to the limit, paired round by round, so that what slows a whole round down falls out.
 * @param {number[]} values one per round
 * @param {number[]} limits one per round
 */
export function pairedRatio(values, limits) {
  const ratios = values.map((value, round) => value / limits[round]);
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}
