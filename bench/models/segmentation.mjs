// K-means of a real shop's customers: time for the same starts, and how low the inertia gets.
import { readFile } from 'node:fs/promises';
import { dist } from '../lib/places.mjs';
import { sharedFile } from './shared-data.mjs';
import { sideBySide, timeRow } from './side-by-side.mjs';

const part = 'K-means';
const columns = 3;
const starts = 10;
/** What Flywheel does unless it is told otherwise: starts and swaps together. */
const usualWays = 16;
const closeEnough = 1.0005;

/** Recency, frequency and spend of every customer, logarithms on one scale. */
async function readRows() {
  const { fitScale, scaleRows } = await import(dist('math/stats/scaling.js'));
  const [, ...lines] = (await readFile(sharedFile('reference/rfm.csv'), 'utf8')).trim().split('\n');
  const raw = Float64Array.from(lines.flatMap((line) => line.split(',').slice(1).map(Number)));
  return scaleRows(fitScale('log-standard', raw, columns), raw);
}

/** @param {import('./run.mjs').Place} place */
export async function measureSegmentation({ peer, rounds }) {
  const { trainKMeans } = await import(dist('math/cluster/k-means.js'));
  const { createRandom } = await import(dist('core/random.js'));
  const rows = await readRows();
  const count = rows.length / columns;
  /** @param {number} clusters @param {object} [effort] */
  const train = (clusters, effort) =>
    trainKMeans(rows, columns, { clusters, random: createRandom(0), ...effort }).model.inertia;
  if (peer === undefined) return [];
  const given = { rows: [...rows], columns };
  /** @type {import('./side-by-side.mjs').Row[]} */
  const table = [];
  for (const clusters of [4, 8]) {
    const input = { ...given, clusters, starts };
    const ours = () => train(clusters, { starts, swaps: 0 });
    const same = await sideBySide({ peer, job: 'kmeans', input, ours, rounds, times: 3 });
    table.push(timeRow(part, `${count} customers, k ${clusters}, ${starts} starts each`, same, 1));
    const usual = await sideBySide({
      peer,
      job: 'kmeans',
      input: { ...input, starts: usualWays },
      ours: () => train(clusters),
      rounds,
      times: 3,
    });
    table.push(timeRow(part, `k ${clusters}, 6 starts and 10 swaps, to rest; ${usualWays} starts`, usual, 1));
  }
  for (const clusters of [2, 3, 4, 5, 6, 7, 8]) {
    const options = { tol: 1e-8, max_iter: 1000 };
    await peer.prepare('kmeans', { ...given, clusters, starts: 50, options });
    const best = (await peer.run()).result.inertia;
    const ours = train(clusters);
    table.push({
      part,
      what: `inertia, k ${clusters}; best of 50 starts`,
      ours: ours.toFixed(3),
      peer: best.toFixed(3),
      ratio: (ours / best).toFixed(5),
      limit: `≤ ${closeEnough}`,
      passes: ours / best <= closeEnough,
    });
  }
  return table;
}
