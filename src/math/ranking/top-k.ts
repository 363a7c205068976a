// The k best of an array of scores, by the one rule of order of the project.

/** Indices in descending order of their scores, and the scores; equal scores stand by ascending index. */
export interface Ranked {
  readonly indices: Int32Array;
  readonly scores: Float64Array;
}

/**
 * The `k` highest scores (fewer where there are fewer candidates), score descending, then index ascending.
 * Index i is no candidate where `excluded[i]` is not 0, where its score is NaN, or where it is not above `above`.
 */
export function topK(
  scores: Float64Array,
  k: number,
  excluded?: Uint8Array,
  above: number = Number.NEGATIVE_INFINITY,
): Ranked {
  const size = Math.max(0, Math.min(k, scores.length));
  const indices = new Int32Array(size);
  const best = new Float64Array(size);
  let count = 0;
  // What a score must exceed to enter: indices ascend, so what equals the last place comes after it.
  let threshold = size === 0 ? Number.POSITIVE_INFINITY : above;
  for (let index = 0; index < scores.length; index += 1) {
    const score = scores[index] ?? 0;
    if (!(score > threshold)) continue;
    if (excluded !== undefined && excluded[index] !== 0) continue;
    let place = count < size ? count : size - 1;
    while (place > 0 && (best[place - 1] ?? 0) < score) {
      best[place] = best[place - 1] ?? 0;
      indices[place] = indices[place - 1] ?? 0;
      place -= 1;
    }
    best[place] = score;
    indices[place] = index;
    if (count < size) count += 1;
    if (count === size) threshold = best[size - 1] ?? 0;
  }
  return { indices: indices.slice(0, count), scores: best.slice(0, count) };
}
