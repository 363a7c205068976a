// What sells now: the floor under every model, and the weight on top of it.

/** How a model's score is weighed by recent sales. */
export interface RecencyBlend {
  /** How strongly recent sales weigh: 0 not at all. */
  readonly exponent: number;
  /** Added to each item's recent customers, so that what did not sell lately is lowered, not lost. */
  readonly offset: number;
  /**
   * Added to each item's score before it is weighed: what is unknown of the user. With 0 the model alone decides; what
   * is large against the scores ranks by recent popularity, as does any value above 0 for a user of whom nothing is known.
   */
  readonly prior: number;
}

/** (recent + offset)^exponent of each item; `recent` holds the distinct customers of each item in the recent days. */
export function recencyWeights(
  recent: Float64Array,
  blend: Pick<RecencyBlend, 'exponent' | 'offset'>,
): Float64Array {
  return recent.map((customers) => (customers + blend.offset) ** blend.exponent);
}

/** Replaces each score by (max(score, 0) + prior) x weight. */
export function weighByRecency(scores: Float64Array, weights: Float64Array, prior: number): void {
  for (let item = 0; item < scores.length; item += 1)
    scores[item] = (Math.max(scores[item] ?? 0, 0) + prior) * (weights[item] ?? 0);
}
