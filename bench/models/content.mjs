// The ten nearest products by name, for the whole catalogue: TF-IDF and cosines from texts to lists.
import { readFile } from 'node:fs/promises';
import { dist } from '../lib/places.mjs';
import { sharedFile } from './shared-data.mjs';
import { sideBySide, timeRow } from './side-by-side.mjs';

const part = 'TF-IDF neighbours';
const k = 10;

/** @param {import('./run.mjs').Place} place */
export async function measureContent({ peer, rounds }) {
  const { englishStopWords } = await import(dist('math/text/english-stop-words.js'));
  const { fitTfIdf } = await import(dist('math/text/tf-idf.js'));
  const { allNearestRows, indexRows } = await import(dist('math/text/cosine-neighbours.js'));
  /** @type {[string, string][]} */
  const products = JSON.parse(await readFile(sharedFile('reference/product_names.json'), 'utf8'));
  if (peer === undefined) return [];
  const names = products.map(([, name]) => name);
  const ours = () => {
    /** @type {{ scores: Float64Array }[]} */
    const lists = allNearestRows(indexRows(fitTfIdf(names, englishStopWords).matrix), k);
    return lists.reduce((sum, { scores }) => sum + scores.reduce((total, score) => total + score, 0), 0);
  };
  /** @type {import('./side-by-side.mjs').Row[]} */
  const table = [];
  const rivals = [
    ['text_neighbours', 'TfidfVectorizer, linear_kernel and argpartition'],
    ['text_neighbours_sparse', 'the same by a sparse product, row by row'],
  ];
  for (const [job, title] of rivals) {
    const compared = await sideBySide({ peer, job, input: { names, k }, ours, rounds });
    if (Math.abs(compared.result - compared.theirResult.sum) > 1e-6)
      throw new Error(
        `The cosines of both add up to ${compared.result} and ${compared.theirResult.sum}: not the same work.`,
      );
    table.push(timeRow(part, `${names.length} names; ${title}`, compared, 1.5));
  }
  return table;
}
