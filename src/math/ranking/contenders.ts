// Which items can be among the best by many weightings of one score: far fewer than all.

/**
 * The items that can be among the `k` highest of (score + c) x weight, for whatever c above 0 and whatever weights never
 * fall from one item of `order` to the one before it, except where rounding makes two scores equal. An item is left out
 * where `k` others that come before it in `order` have a score as high. In the order of `order`, without those where
 * `excluded` is not 0; one pass over all items.
 */
export function contenders(
  scores: Float64Array,
  order: Int32Array,
  k: number,
  excluded: Uint8Array,
): Int32Array {
  const kept: number[] = [];
  // The highest scores so far, ascending: the first is the one to be beaten.
  const highest = new Float64Array(k).fill(Number.NEGATIVE_INFINITY);
  for (let at = 0; at < order.length; at += 1) {
    const item = order[at] ?? 0;
    const score = scores[item] ?? 0;
    if (!(score > (highest[0] ?? 0)) || excluded[item] !== 0) continue;
    kept.push(item);
    let place = 0;
    for (; place + 1 < k && (highest[place + 1] ?? 0) < score; place += 1)
      highest[place] = highest[place + 1] ?? 0;
    highest[place] = score;
  }
  return Int32Array.from(kept);
}
