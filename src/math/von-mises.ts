// A smooth yearly or daily swell: the von Mises curve, scaled so that its mean over the circle is 1.

/**
 * The modified Bessel function of the first kind and order 0: I0(x) = sum over k of (x^2 / 4)^k / (k!)^2
 * (M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions", 9.6.12). For |x| up to about 50.
 */
export function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k += 1) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

/**
 * exp(concentration cos(angle)) / I0(concentration): 1 on average over the circle, largest at angle 0 (radians).
 * Concentration 0 is flat; 0.5 swells to 1.55 and ebbs to 0.57; 3 is a peak of about two months in a year.
 */
export function circularSwell(angle: number, concentration: number): number {
  return Math.exp(concentration * Math.cos(angle)) / besselI0(concentration);
}
