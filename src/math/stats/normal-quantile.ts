// Quantiles of the standard normal distribution.

/** Numerator and denominator of one rational approximation, highest power first. */
type Rational = readonly [readonly number[], readonly number[]];

const centre: Rational = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
    1971.5909503065513, 133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852546, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
    687.1870074920579, 42.31333070160091, 1,
  ],
];
const shoulder: Rational = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
];
const tail: Rational = [
  [
    2.0103343992922881e-7, 0.000027115555687434876, 0.0012426609473880784, 0.026532189526576124,
    0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 0.000018463183175100548, 0.0007868691311456133,
    0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1,
  ],
];

/**
 * The z below which a standard normal number falls with probability `probability`: -Infinity at 0, Infinity at 1.
 * M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37, 1988;
 * relative error about 1e-16.
 */
export function normalQuantile(probability: number): number {
  const q = probability - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(centre, 0.180625 - q * q);
  const outer = Math.min(probability, 1 - probability);
  if (outer <= 0) return outer < 0 ? Number.NaN : Math.sign(q) * Number.POSITIVE_INFINITY;
  const r = Math.sqrt(-Math.log(outer));
  return Math.sign(q) * (r <= 5 ? ratio(shoulder, r - 1.6) : ratio(tail, r - 5));
}

function ratio([numerator, denominator]: Rational, x: number): number {
  return horner(numerator, x) / horner(denominator, x);
}

function horner(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

/**
 * The two-sided factor of Student's t distribution for `level` (0 to 1) with `degrees` degrees of freedom: the
 * interval mean ± factor x deviation holds `level` of the probability when the deviation was estimated from that few
 * numbers. G. W. Hill, "Algorithm 396: Student's t-Quantiles", Communications of the ACM 13, 1970; six digits from three
 * degrees, exact for one and two. Infinite degrees give the normal factor.
 */
export function studentFactor(level: number, degrees: number): number {
  const outside = 1 - level;
  if (degrees === Number.POSITIVE_INFINITY) return normalQuantile(1 - outside / 2);
  if (degrees < 1.5) return 1 / Math.tan((outside * Math.PI) / 2);
  if (degrees < 2.5) return Math.sqrt(2 / (outside * (2 - outside)) - 2);
  const a = 1 / (degrees - 0.5);
  const b = 48 / (a * a);
  let c = ((20700 * a) / b - 98) * a - 16;
  c = c * a + 96.36;
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * degrees;
  let y = (d * outside) ** (2 / degrees);
  if (y > 0.05 + a) {
    const x = normalQuantile(outside / 2);
    y = x * x;
    if (degrees < 5) c += 0.3 * (degrees - 4.5) * (x + 0.6);
    c = (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b + c;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
    y = Math.expm1(a * y * y);
  } else {
    y =
      ((1 / (((degrees + 6) / (degrees * y) - 0.089 * d - 0.822) * (degrees + 2) * 3) + 0.5 / (degrees + 4)) *
        y -
        1) *
        ((degrees + 1) / (degrees + 2)) +
      1 / y;
  }
  return Math.sqrt(degrees * y);
}
