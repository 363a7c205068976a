// The two models that AUTO blends, fitted alike wherever they are needed.

import { type EaseModel, trainEase } from '../../math/recommend/ease.js';
import { type ItemKnnModel, trainItemKnn } from '../../math/recommend/item-knn.js';
import type { SparseMatrix } from '../../math/sparse/sparse-matrix.js';
import type { Blend } from './model.js';

export interface AutoParts {
  readonly itemKnn: ItemKnnModel;
  readonly ease: EaseModel;
}

type Report = (share: number) => void;

/** EASE is fitted to so many best sellers: its time grows with the cube of them. */
export const easeBestSellers = 1500;

export function fitKnn(shares: SparseMatrix, neighbours: number, onProgress: Report): ItemKnnModel {
  return trainItemKnn(shares, { neighbours, onProgress });
}

export function fitEase(shares: SparseMatrix, regularisation: number, onProgress: Report): EaseModel {
  return trainEase(shares, { regularisation, bestSellers: easeBestSellers, onProgress });
}

/** The work of item-kNN, by and large, as a share of that of both. */
const knnShare = 0.3;

/** Both by the settings of a blend, from customers x products; `onProgress` may throw to cancel. */
export function fitAutoParts(
  shares: SparseMatrix,
  { neighbours, regularisation }: Pick<Blend, 'neighbours' | 'regularisation'>,
  onProgress: Report,
): AutoParts {
  return {
    itemKnn: fitKnn(shares, neighbours, (share) => onProgress(knnShare * share)),
    ease: fitEase(shares, regularisation, (share) => onProgress(knnShare + (1 - knnShare) * share)),
  };
}
