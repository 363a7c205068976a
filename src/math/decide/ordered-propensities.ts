// What a list without chance has as propensities: that of a holdout, or of a policy that always takes the best.

/**
 * How likely a policy that fills each slot with the first of `order` not yet in the list would have made each choice of
 * `chosen`, given the choices before it: 1 where the slot holds just that item, else 0. So the propensities of the list
 * that such a policy itself made are all 1. Items are any whole numbers; `order` is the policy's ranking, best first, and
 * may hold items that were not chosen.
 * Throws RangeError where an item stands twice in either list, or `order` has nothing left to put into a slot.
 */
export function orderedPropensities(order: ArrayLike<number>, chosen: ArrayLike<number>): Float64Array {
  const ranking = new Set(Array.from(order));
  if (ranking.size !== order.length) throw new RangeError('An item stands in the order twice.');
  const taken = new Set<number>();
  return Float64Array.from(Array.from(chosen), (item, slot) => {
    if (taken.has(item)) throw new RangeError(`Item ${item} stands in the list twice.`);
    const [first] = ranking;
    if (first === undefined) throw new RangeError(`The order has nothing left for slot ${slot}.`);
    taken.add(item);
    ranking.delete(item);
    return first === item ? 1 : 0;
  });
}
