// Non-negative factors of who bought what: time to an error that is as low or lower.
import { dist } from '../lib/places.mjs';
import { forPeer, purchaseMatrix, readPurchases } from './online-retail.mjs';
import { sideBySide, timeRow } from './side-by-side.mjs';

const part = 'NMF';
const factors = 20;
const errorMost = 458.6;

/** @param {import('./run.mjs').Place} place */
export async function measureFactorisation({ peer, rounds }) {
  const { trainNmf } = await import(dist('math/recommend/nmf.js'));
  const { createRandom } = await import(dist('core/random.js'));
  const matrix = await purchaseMatrix(await readPurchases());
  const ours = () => trainNmf(matrix, { factors, random: createRandom(0) });
  const what = `rank ${factors} of ${matrix.rows} × ${matrix.columns}, ${matrix.indices.length} bought`;
  /** @param {number} error @param {number} [theirs] @returns {import('./side-by-side.mjs').Row} */
  const errorRow = (error, theirs) => ({
    part,
    what: `${what}: error`,
    ours: error.toFixed(4),
    ...(theirs === undefined ? {} : { peer: theirs.toFixed(4) }),
    limit: theirs === undefined ? `≤ ${errorMost}` : `≤ ${errorMost} and theirs`,
    passes: error <= Math.min(errorMost, theirs ?? errorMost),
  });
  if (peer === undefined) return [errorRow(ours().error)];
  const input = { matrix: forPeer(matrix), factors };
  const compared = await sideBySide({ peer, job: 'nmf', input, ours, rounds });
  const iterations = `${compared.result.iterations} and ${compared.theirResult.iterations} iterations`;
  return [
    timeRow(part, `${what} (${iterations})`, compared, 1.5),
    errorRow(compared.result.error, compared.theirResult.error),
  ];
}
