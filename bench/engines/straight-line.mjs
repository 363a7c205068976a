// The straight line through times of several sizes, and where two of them cross.

/** @typedef {{ start: number, perMillion: number }} Line seconds at no rows, and for each million of rows */

/**
 * By least squares of the relative errors, so that the small sizes say what the start costs and the large ones what a row does:
 * minimises Σ ((start + perMillion · x) / y − 1)² over the points (x, y).
 * @param {{ rows: number, seconds: number }[]} points
 * @returns {Line}
 */
export function lineThrough(points) {
  let [ones, xs, squares, ys, products] = [0, 0, 0, 0, 0];
  for (const { rows, seconds } of points) {
    const x = rows / 1e6;
    const weight = 1 / seconds ** 2;
    ones += weight;
    xs += weight * x;
    squares += weight * x * x;
    ys += weight * seconds;
    products += weight * x * seconds;
  }
  const determinant = ones * squares - xs * xs;
  return {
    start: (squares * ys - xs * products) / determinant,
    perMillion: (ones * products - xs * ys) / determinant,
  };
}

/**
 * From how many rows on the second line lies below the first; undefined where it never does.
 * @param {Line} first @param {Line} second
 */
export function crossing(first, second) {
  if (second.perMillion >= first.perMillion) return undefined;
  return Math.max(0, ((second.start - first.start) / (first.perMillion - second.perMillion)) * 1e6);
}
