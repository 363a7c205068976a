// Scores of several models brought to one scale and added.

/**
 * Adds to `total` the scores above 0, divided by the highest of them, times `share`: whatever a model's unit, its best
 * item adds `share`. A model that has nothing above 0 for a user adds nothing, so that another decides alone. Gives back
 * by what the scores were multiplied: 0 where there was nothing.
 */
export function addShare(total: Float64Array, scores: Float64Array, share: number): number {
  let highest = 0;
  for (let item = 0; item < scores.length; item += 1) {
    const score = scores[item] ?? 0;
    if (score > highest) highest = score;
  }
  if (highest === 0) return 0;
  const scale = share / highest;
  for (let item = 0; item < total.length; item += 1) {
    const score = scores[item] ?? 0;
    if (score > 0) total[item] = (total[item] ?? 0) + scale * score;
  }
  return scale;
}
