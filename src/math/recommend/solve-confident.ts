// The least-squares problem of one user among items that count by confidence.

import type { SparseVector } from '../sparse/sparse-matrix.js';

/** What all users share: Y'Y + lambda I, the item factors Y (items x factors), and what a value counts. */
export interface ConfidentItems {
  readonly shared: Float64Array;
  readonly other: Float64Array;
  readonly alpha: number;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k += 1) sum += (a[k] ?? 0) * (b[k] ?? 0);
  return sum;
}

/** target += scale * source. */
function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let k = 0; k < target.length; k += 1) target[k] = (target[k] ?? 0) + scale * (source[k] ?? 0);
}

/** Writes (Y'Y + lambda I) x + sum of (c - 1) (y'x) y into `image`, without forming the matrix. */
function applyNormal(
  items: ConfidentItems,
  basket: SparseVector,
  x: Float64Array,
  image: Float64Array,
): void {
  const { shared, other, alpha } = items;
  const factors = x.length;
  for (let k = 0; k < factors; k += 1) {
    let sum = 0;
    for (let l = 0; l < factors; l += 1) sum += (shared[k * factors + l] ?? 0) * (x[l] ?? 0);
    image[k] = sum;
  }
  for (let at = 0; at < basket.indices.length; at += 1) {
    const excess = alpha * (basket.values[at] ?? 0) - 1;
    if (excess === 0) continue;
    const start = (basket.indices[at] ?? 0) * factors;
    let product = 0;
    for (let k = 0; k < factors; k += 1) product += (other[start + k] ?? 0) * (x[k] ?? 0);
    const scale = excess * product;
    for (let k = 0; k < factors; k += 1) image[k] = (image[k] ?? 0) + scale * (other[start + k] ?? 0);
  }
}

/**
 * Improves `solution` towards the x of (Y'Y + lambda I + sum over the basket of (c - 1) y y') x = sum of c y, with
 * c = alpha x value, by at most `steps` steps of the conjugate gradient (M. Hestenes, E. Stiefel, "Methods of Conjugate
 * Gradients for Solving Linear Systems", 1952). The matrix is positive definite where lambda is above 0 and no c below 0.
 */
export function solveConfident(
  items: ConfidentItems,
  basket: SparseVector,
  solution: Float64Array,
  steps: number,
): void {
  const factors = solution.length;
  const image = new Float64Array(factors);
  applyNormal(items, basket, solution, image);
  const residual = image.map((value) => -value);
  for (let at = 0; at < basket.indices.length; at += 1) {
    const start = (basket.indices[at] ?? 0) * factors;
    addScaled(residual, items.other.subarray(start, start + factors), items.alpha * (basket.values[at] ?? 0));
  }
  const direction = residual.slice();
  let square = dot(residual, residual);
  const enough = 1e-24 * square;
  for (let step = 0; step < steps && square > enough; step += 1) {
    applyNormal(items, basket, direction, image);
    const length = square / dot(direction, image);
    addScaled(solution, direction, length);
    addScaled(residual, image, -length);
    const next = dot(residual, residual);
    for (let k = 0; k < factors; k += 1)
      direction[k] = (residual[k] ?? 0) + (next / square) * (direction[k] ?? 0);
    square = next;
  }
}
