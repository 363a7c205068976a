// The k best of an array of scores, by the one rule of order of the project.

/** Indices in descending order of their scores, and the scores; equal scores stand by ascending index. */
export interface Ranked {
  readonly indices: Int32Array;
  readonly scores: Float64Array;
}

export interface TopKOptions {
  /** Index i is no candidate where `excluded[i]` is not 0. */
  readonly excluded?: Uint8Array | undefined;
  /** Only scores above this are candidates. */
  readonly above?: number | undefined;
  /** Only these indices are candidates, in any order; without it all are. */
  readonly candidates?: Int32Array | undefined;
}

/**
 * The `k` highest scores (fewer where there are fewer candidates), score descending, then index ascending.
 * A score that is NaN is no candidate.
 */
export function topK(scores: Float64Array, k: number, options: TopKOptions = {}): Ranked {
  const { excluded, candidates, above = Number.NEGATIVE_INFINITY } = options;
  const offered = candidates?.length ?? scores.length;
  const size = Math.max(0, Math.min(k, offered));
  const indices = new Int32Array(size);
  const best = new Float64Array(size);
  let count = 0;
  for (let at = 0; at < offered && size > 0; at += 1) {
    const index = candidates === undefined ? at : (candidates[at] ?? 0);
    const score = scores[index] ?? 0;
    if (!(score > above)) continue;
    const last = best[size - 1] ?? 0;
    if (count === size && (score < last || (score === last && index > (indices[size - 1] ?? 0)))) continue;
    if (excluded !== undefined && excluded[index] !== 0) continue;
    let place = count < size ? count : size - 1;
    while (place > 0 && precedes(score, index, best[place - 1] ?? 0, indices[place - 1] ?? 0)) {
      best[place] = best[place - 1] ?? 0;
      indices[place] = indices[place - 1] ?? 0;
      place -= 1;
    }
    best[place] = score;
    indices[place] = index;
    if (count < size) count += 1;
  }
  return { indices: indices.slice(0, count), scores: best.slice(0, count) };
}

function precedes(score: number, index: number, otherScore: number, otherIndex: number): boolean {
  return score > otherScore || (score === otherScore && index < otherIndex);
}
