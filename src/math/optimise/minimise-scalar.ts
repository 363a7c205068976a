// The least value of a function of one number in an interval.

const goldenShare = (3 - Math.sqrt(5)) / 2;

export interface ScalarMinimum {
  readonly x: number;
  readonly value: number;
}

/**
 * Finds where `evaluate` is least in [lower, upper], to `tolerance` in x. It is first evaluated at `starts` + 1 evenly
 * spaced points, both ends included, so that of several valleys the deepest of those seen is taken (the lower x of
 * equals); then R. P. Brent's method ("Algorithms for Minimization without Derivatives", 1973, chapter 5) goes down
 * in the two cells around the best. An end of the interval is returned exactly when it is best. Values that are not
 * numbers count as Infinity.
 */
export function minimiseScalar(
  evaluate: (x: number) => number,
  lower: number,
  upper: number,
  starts: number,
  tolerance: number,
): ScalarMinimum {
  const at = (x: number) => {
    const value = evaluate(x);
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
  };
  const width = (upper - lower) / starts;
  let best = { x: lower, value: at(lower) };
  for (let i = 1; i <= starts; i += 1) {
    const x = i === starts ? upper : lower + i * width;
    const value = at(x);
    if (value < best.value) best = { x, value };
  }
  const found = brent(at, Math.max(lower, best.x - width), Math.min(upper, best.x + width), best, tolerance);
  return found.value < best.value ? found : best;
}

/** Brent's steps (parabola through the three best points, else golden section) inside (a, b) from a point within. */
function brent(
  at: (x: number) => number,
  a: number,
  b: number,
  start: ScalarMinimum,
  tolerance: number,
): ScalarMinimum {
  let [low, high] = [a, b];
  let [best, second, third] = [start, start, start];
  let step = 0;
  let before = 0;
  for (let count = 0; count < 100; count += 1) {
    const middle = (low + high) / 2;
    if (Math.abs(best.x - middle) + (high - low) / 2 <= 2 * tolerance) break;
    const r = (best.x - second.x) * (best.value - third.value);
    const q = (best.x - third.x) * (best.value - second.value);
    const sign = q > r ? -1 : 1;
    const numerator = sign * ((best.x - third.x) * q - (best.x - second.x) * r);
    const denominator = 2 * Math.abs(q - r);
    const inside =
      Math.abs(numerator) < Math.abs((denominator * before) / 2) &&
      numerator > denominator * (low - best.x) &&
      numerator < denominator * (high - best.x);
    if (inside) {
      [before, step] = [step, numerator / denominator];
      const reached = best.x + step;
      if (reached - low < 2 * tolerance || high - reached < 2 * tolerance) {
        step = best.x < middle ? tolerance : -tolerance;
      }
    } else {
      before = best.x < middle ? high - best.x : low - best.x;
      step = goldenShare * before;
    }
    const x = Math.abs(step) >= tolerance ? best.x + step : best.x + Math.sign(step || 1) * tolerance;
    const point = { x, value: at(x) };
    if (point.value <= best.value) {
      if (x < best.x) high = best.x;
      else low = best.x;
      [best, second, third] = [point, best, second];
    } else {
      if (x < best.x) low = x;
      else high = x;
      if (point.value <= second.value || second.x === best.x) [second, third] = [point, second];
      else if (point.value <= third.value || third.x === best.x || third.x === second.x) third = point;
    }
  }
  return best;
}
