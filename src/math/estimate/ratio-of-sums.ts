// The ratio of two sums over units that are independent of one another, and how far it may be off.

export interface RatioOfSums {
  /** The units that count: those whose denominator is above 0. */
  readonly units: number;
  /** Sum of numerators over sum of denominators; NaN where no unit counts. */
  readonly ratio: number;
  /** Its estimated variance; Infinity below two units, which tell nothing about it. */
  readonly variance: number;
  /** Degrees of freedom of that variance, above 0; 0 below two units. */
  readonly degrees: number;
}

/**
 * The ratio R = sum S / sum N of one numerator S and one denominator N (0 or more) per unit. What happens within a unit
 * may hang together as it likes; the units may not. A unit without denominator counts nowhere. The delta method gives
 *   Var(R) = k / (k - 1)  sum ((S - R N) / sum N)^2
 * for k units, which is (s_S^2 - 2 R s_SN + R^2 s_N^2) / (k mean(N)^2) by residuals (A. Deng, U. Knoblich, J. Lu,
 * "Applying the Delta Method in Metric Analytics", KDD 2018). It falls short where some units are large, since these draw
 * R to themselves, so each residual stands here over the denominator of the other units:
 *   Var(R) = (k - 1) / k  sum ((S - R N) / (sum N - N))^2,
 * the jackknife that leaves out a unit at a time (W. G. Cochran, "Sampling Techniques", 3rd edition 1977, 6.17): the
 * same where all N are, and as k grows. The degrees of freedom are (sum N)^2 / sum N^2 - 1, units counted by Kish's rule
 * as so many of one size. Normal as they grow: trust it from some twenty.
 */
export function ratioOfSums(numerators: Float64Array, denominators: Float64Array): RatioOfSums {
  let [units, above, below, squares] = [0, 0, 0, 0];
  denominators.forEach((denominator, unit) => {
    if (denominator <= 0) return;
    units += 1;
    above += numerators[unit] ?? 0;
    below += denominator;
    squares += denominator * denominator;
  });
  const ratio = above / below;
  if (units < 2) return { units, ratio, variance: Number.POSITIVE_INFINITY, degrees: 0 };
  let spread = 0;
  denominators.forEach((denominator, unit) => {
    if (denominator > 0)
      spread += (((numerators[unit] ?? 0) - ratio * denominator) / (below - denominator)) ** 2;
  });
  return { units, ratio, variance: ((units - 1) / units) * spread, degrees: (below * below) / squares - 1 };
}
