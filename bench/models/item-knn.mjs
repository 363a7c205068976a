// Which products are bought by the same customers: the hundred nearest of each.
import { dist } from '../lib/places.mjs';
import { forPeer, ofProducts, purchaseMatrix, readPurchases, trainUntil } from './online-retail.mjs';
import { sideBySide, timeRow } from './side-by-side.mjs';

const neighbours = 100;

/** @param {import('./run.mjs').Place} place */
export async function measureItemKnn({ peer, rounds }) {
  const { trainItemKnn } = await import(dist('math/recommend/item-knn.js'));
  const purchases = ofProducts(await readPurchases()).filter(({ time }) => time < trainUntil);
  const matrix = await purchaseMatrix(purchases);
  if (peer === undefined) return [];
  const input = { matrix: forPeer(matrix), neighbours };
  const ours = () => trainItemKnn(matrix, { neighbours });
  const compared = await sideBySide({ peer, job: 'item_knn', input, ours, rounds });
  /** @type {Float64Array} */
  const kept = compared.result.neighbours.values;
  const sum = kept.reduce((total, value) => total + value, 0);
  const { sum: theirSum } = compared.theirResult;
  if (Math.abs(sum - theirSum) > 1e-6)
    throw new Error(`The similarities of both add up to ${sum} and ${theirSum}: not the same work.`);
  const what = `${neighbours} of each of ${matrix.columns} products, ${matrix.indices.length} bought; SciPy`;
  return [timeRow('item-kNN', what, compared, 1)];
}
