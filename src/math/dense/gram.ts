// The Gram matrix of a tall, narrow matrix.

/**
 * D'D of `dense`, rows of `width` numbers: the sums over rows of the products of each pair of columns, as a full
 * symmetric matrix of `width` x `width`.
 */
export function gramOfColumns(dense: Float64Array, width: number): Float64Array {
  const gram = new Float64Array(width * width);
  for (let start = 0; start < dense.length; start += width) {
    for (let i = 0; i < width; i += 1) {
      const value = dense[start + i] ?? 0;
      if (value === 0) continue;
      const row = i * width;
      for (let j = 0; j <= i; j += 1) gram[row + j] = (gram[row + j] ?? 0) + value * (dense[start + j] ?? 0);
    }
  }
  for (let i = 0; i < width; i += 1)
    for (let j = 0; j < i; j += 1) gram[j * width + i] = gram[i * width + j] ?? 0;
  return gram;
}
