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

function precedes(score: number, index: number, otherScore: number, otherIndex: number): boolean {
  return score > otherScore || (score === otherScore && index < otherIndex);
}

/** Lets what stands at `place` of a heap of `size`, whose root is the last in order, sink to where it belongs. */
function sink({ indices, scores }: Ranked, place: number, size: number): void {
  const score = scores[place] ?? 0;
  const index = indices[place] ?? 0;
  let hole = place;
  for (;;) {
    let child = 2 * hole + 1;
    if (child >= size) break;
    const next = child + 1;
    if (
      next < size &&
      precedes(scores[child] ?? 0, indices[child] ?? 0, scores[next] ?? 0, indices[next] ?? 0)
    )
      child = next;
    if (!precedes(score, index, scores[child] ?? 0, indices[child] ?? 0)) break;
    scores[hole] = scores[child] ?? 0;
    indices[hole] = indices[child] ?? 0;
    hole = child;
  }
  scores[hole] = score;
  indices[hole] = index;
}

function heapify(ranked: Ranked, size: number): void {
  for (let root = (size >> 1) - 1; root >= 0; root -= 1) sink(ranked, root, size);
}

function exchange({ indices, scores }: Ranked, a: number, b: number): void {
  const [index, score] = [indices[a] ?? 0, scores[a] ?? 0];
  indices[a] = indices[b] ?? 0;
  scores[a] = scores[b] ?? 0;
  indices[b] = index;
  scores[b] = score;
}

/**
 * The `k` highest scores (fewer where there are fewer candidates), score descending, then index ascending.
 * A score that is NaN is no candidate. By a heap of the k best so far: n log k at the most.
 */
export function topK(scores: Float64Array, k: number, options: TopKOptions = {}): Ranked {
  const { excluded, candidates, above = Number.NEGATIVE_INFINITY } = options;
  const offered = candidates?.length ?? scores.length;
  const size = Math.max(0, Math.min(k, offered));
  const best = { indices: new Int32Array(size), scores: new Float64Array(size) };
  let count = 0;
  for (let at = 0; at < offered && size > 0; at += 1) {
    const index = candidates === undefined ? at : (candidates[at] ?? 0);
    const score = scores[index] ?? 0;
    if (!(score > above)) continue;
    if (count === size && !precedes(score, index, best.scores[0] ?? 0, best.indices[0] ?? 0)) continue;
    if (excluded !== undefined && excluded[index] !== 0) continue;
    const place = count < size ? count : 0;
    best.indices[place] = index;
    best.scores[place] = score;
    if (count === size) sink(best, 0, size);
    else {
      count += 1;
      if (count === size) heapify(best, size);
    }
  }
  if (count < size) heapify(best, count);
  for (let end = count - 1; end > 0; end -= 1) {
    exchange(best, 0, end);
    sink(best, 0, end);
  }
  return { indices: best.indices.slice(0, count), scores: best.scores.slice(0, count) };
}
