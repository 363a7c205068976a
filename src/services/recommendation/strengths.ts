// From what customers did to how strongly they are drawn to products.

import { type SparseMatrix, sparseFromTriples } from '../../math/sparse/sparse-matrix.js';
import type { Interaction } from '../../warehouse/service-reads/interactions.js';
import { type BehaviourWeights, owningBehaviours, ratingBehaviour, starsMax } from './settings.js';

/** Codes and where each of them stands. */
export interface Places {
  readonly codes: readonly string[];
  readonly placeOf: ReadonlyMap<string, number>;
}

export function placesOf(codes: readonly string[]): Places {
  return { codes, placeOf: new Map(codes.map((code, place) => [code, place])) };
}

/** Customers x products, the same shape three times. */
export interface Strengths {
  /** What the strongest behaviour counts, in stars; the rating where there is one. */
  readonly stars: SparseMatrix;
  /** 1 where bought or rated. */
  readonly owned: SparseMatrix;
  /** The ratings alone. */
  readonly ratings: SparseMatrix;
}

class Entries {
  readonly row: number[] = [];
  readonly column: number[] = [];
  readonly value: number[] = [];

  add(row: number, column: number, value: number): void {
    this.row.push(row);
    this.column.push(column);
    this.value.push(value);
  }

  addAll(other: Entries): void {
    for (const [at, row] of other.row.entries()) this.add(row, other.column[at] ?? 0, other.value[at] ?? 0);
  }
}

/** Counts what was done, by customers and products that have a place. */
export function strengthsOf(
  interactions: readonly Interaction[],
  customers: Places,
  products: Places,
  weights: BehaviourWeights,
): Strengths {
  const behaviour = new Entries();
  const owned = new Entries();
  const ratings = new Entries();
  for (const interaction of interactions) {
    const row = customers.placeOf.get(interaction.customer);
    const column = products.placeOf.get(interaction.product);
    if (row === undefined || column === undefined) continue;
    if (owningBehaviours.has(interaction.behaviour)) owned.add(row, column, 1);
    const weight = weights[interaction.behaviour] ?? 0;
    if (interaction.behaviour !== ratingBehaviour) {
      if (weight > 0) behaviour.add(row, column, weight);
    } else if (interaction.value !== null && interaction.value > 0) {
      ratings.add(row, column, interaction.value);
    }
  }
  const matrix = (entries: Entries, combine: 'max' | 'last') =>
    sparseFromTriples(customers.codes.length, products.codes.length, entries, combine);
  const strongest = matrix(behaviour, 'max');
  const both = new Entries();
  for (let row = 0; row < strongest.rows; row += 1)
    for (let at = strongest.starts[row] ?? 0; at < (strongest.starts[row + 1] ?? 0); at += 1)
      both.add(row, strongest.indices[at] ?? 0, strongest.values[at] ?? 0);
  // Ratings come last, and so stand where there is other behaviour too.
  both.addAll(ratings);
  return { stars: matrix(both, 'last'), owned: matrix(owned, 'max'), ratings: matrix(ratings, 'last') };
}

/** Stars as shares of the most that a behaviour counts, for methods that ask whether and not how much. */
export function sharesOf(stars: SparseMatrix): SparseMatrix {
  return { ...stars, values: stars.values.map((value) => Math.min(1, value / starsMax)) };
}
