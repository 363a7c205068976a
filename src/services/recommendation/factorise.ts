// The factorisation by an engine outside this program: what it is handed, and the part of the model that it leaves.

import { rankingMetrics } from '../../math/ranking/ranking-metrics.js';
import { topK } from '../../math/ranking/top-k.js';
import { factorModel, scoreFactors } from '../../math/recommend/factor-model.js';
import { type ImplicitAlsModel, penaltyPerEntry, placeInAls } from '../../math/recommend/implicit-als.js';
import { type SparseMatrix, sparseRow } from '../../math/sparse/sparse-matrix.js';
import { alsSettings } from './fit.js';
import { type HeldBack, judgedLength } from './tune.js';

export interface FactorisedPart {
  /** Customers x products, every stored value above 0; never without entries. */
  readonly matrix: SparseMatrix;
  /** The penalty on a vector for each of its entries. */
  readonly regularisation: number;
}

export interface FactorisationTerms {
  readonly factors: number;
  readonly alpha: number;
  readonly rounds: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Told the share that is done, from 0 to 1; never throws. */
  readonly onProgress: (share: number) => void;
}

export interface Factorisation {
  /** Of each part, products x factors by rows. */
  readonly products: readonly Float64Array[];
  /** What it was done by, for those who ask where a model comes from; JSON. */
  readonly lineage: Readonly<Record<string, unknown>>;
}

/**
 * Minimises, for each part, the objective `added` of `ImplicitAlsModel`. The same parts and terms give the same factors.
 * Rejects with a FlywheelError whose message says in a sentence what failed.
 */
export type Factorise = (
  parts: readonly FactorisedPart[],
  terms: FactorisationTerms,
) => Promise<Factorisation>;

export interface FactorisedShop {
  /** Of all that is known. */
  readonly als: ImplicitAlsModel;
  /** The nDCG of ALS alone on the held-back month, from what was known until then; 0 with nobody to judge by. */
  readonly ndcg: number;
  readonly lineage: Readonly<Record<string, unknown>>;
}

/** Factorises what is known, and what was known before the held-back month, in one go. */
export async function factoriseShop(
  factorise: Factorise,
  { shares, held }: { readonly shares: SparseMatrix; readonly held: HeldBack },
  { seed, signal, onProgress }: Pick<FactorisationTerms, 'seed' | 'signal' | 'onProgress'>,
): Promise<FactorisedShop> {
  const report = (share: number) => {
    try {
      onProgress(share);
    } catch (error) {
      // A cancelled training is told of by the signal, and an engine reports from where nobody would catch it.
      if (!signal.aborted) throw error;
    }
  };
  const { factors, alpha, rounds, regularisation } = alsSettings(shares);
  const matrices = [shares, held.shares];
  const parts = matrices
    .filter(({ values }) => values.length > 0)
    .map((matrix) => ({ matrix, regularisation: penaltyPerEntry(matrix, regularisation) }));
  const done =
    parts.length === 0
      ? { products: [], lineage: {} }
      : await factorise(parts, { factors, alpha, rounds, seed, signal, onProgress: report });
  const modelOf = (matrix: SparseMatrix): ImplicitAlsModel => {
    const place = parts.findIndex((part) => part.matrix === matrix);
    const products = done.products[place] ?? new Float64Array(matrix.columns * factors);
    return {
      ...factorModel(factors, new Float64Array(), products),
      regularisation: penaltyPerEntry(matrix, regularisation),
      alpha,
      objective: 'added',
    };
  };
  const als = modelOf(shares);
  return {
    als,
    ndcg: ndcgOf(modelOf(held.shares), held),
    lineage: { ...done.lineage, factors, alpha, rounds, regularisation: als.regularisation },
  };
}

/** The nDCG@10 of ALS by itself, of products that the judged customers had not before. */
export function ndcgOf(model: ImplicitAlsModel, held: HeldBack): number {
  if (held.customers.length === 0) return 0;
  const items = held.shares.columns;
  const excluded = new Uint8Array(items);
  const scores = new Float64Array(items);
  const lists = Array.from(held.customers, (customer) => {
    scoreFactors(model, placeInAls(model, sparseRow(held.shares, customer)), scores.fill(0));
    const owned = sparseRow(held.owned, customer).indices;
    for (const item of owned) excluded[item] = 1;
    const { indices } = topK(scores, judgedLength, { excluded });
    for (const item of owned) excluded[item] = 0;
    return indices;
  });
  return rankingMetrics(lists, held.relevant, judgedLength, items).ndcg;
}
