// Scores of several models brought to one scale and added.

/**
 * Adds to `total` the scores above 0, divided by the highest of them, times `share`: whatever a model's unit, its best
 * item adds `share`. A model that has nothing above 0 for a user adds nothing, so that another decides alone.
 */
export function addShare(total: Float64Array, scores: Float64Array, share: number): void {
  const highest = scores.reduce((most, score) => Math.max(most, score), 0);
  if (highest === 0) return;
  for (let item = 0; item < total.length; item += 1)
    total[item] = (total[item] ?? 0) + (share * Math.max(0, scores[item] ?? 0)) / highest;
}
