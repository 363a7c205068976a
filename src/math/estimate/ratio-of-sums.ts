// The ratio of two sums over units that are independent of one another, and how far it may be off.

export interface RatioOfSums {
  /** The units that count: those whose denominator is above 0. */
  readonly units: number;
  /** Sum of numerators over sum of denominators; NaN where no unit counts. */
  readonly ratio: number;
  /** Its estimated variance; Infinity below two units, which tell nothing about it. */
  readonly variance: number;
}

/**
 * The ratio R = sum S / sum N of one numerator S and one denominator N (0 or more) per unit, with the variance that the
 * delta method gives it,
 *   Var(R) = k / (k - 1)  sum (S - R N)^2 / (sum N)^2,
 * which is (s_S^2 - 2 R s_SN + R^2 s_N^2) / (k mean(N)^2) written by residuals: A. Deng, U. Knoblich, J. Lu, "Applying
 * the Delta Method in Metric Analytics", KDD 2018, equation 4. What happens within a unit may hang together as it
 * likes; the units may not. Normal as k grows: a few dozen units with none that outweighs the others. A unit without
 * denominator counts nowhere.
 */
export function ratioOfSums(numerators: Float64Array, denominators: Float64Array): RatioOfSums {
  let [units, above, below] = [0, 0, 0];
  for (let unit = 0; unit < denominators.length; unit += 1) {
    if (!((denominators[unit] ?? 0) > 0)) continue;
    units += 1;
    above += numerators[unit] ?? 0;
    below += denominators[unit] ?? 0;
  }
  const ratio = above / below;
  if (units < 2) return { units, ratio, variance: Number.POSITIVE_INFINITY };
  let squares = 0;
  for (let unit = 0; unit < denominators.length; unit += 1) {
    const denominator = denominators[unit] ?? 0;
    if (denominator > 0) squares += ((numerators[unit] ?? 0) - ratio * denominator) ** 2;
  }
  return { units, ratio, variance: (units / (units - 1)) * (squares / below / below) };
}
