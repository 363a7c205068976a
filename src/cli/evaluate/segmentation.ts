// `flywheel evaluate segmentation`: how well a table of customers falls into groups.

import { type Command, Option } from 'commander';
import { FlywheelError } from '../../core/errors.js';
import { createRandom } from '../../core/random.js';
import { chooseClusters } from '../../math/cluster/choose-clusters.js';
import { clusterMeans } from '../../math/cluster/cluster-means.js';
import { trainKMeans } from '../../math/cluster/k-means.js';
import { silhouette } from '../../math/cluster/silhouette.js';
import { fitScale, type ScalingMethod, scaleRows, scalingMethods } from '../../math/stats/scaling.js';
import { wholeNumber } from '../options.js';
import { numberAt, placeOf, readTable, type Table } from './read-table.js';
import { showFigures } from './show-figures.js';

interface SegmentationArguments {
  readonly features: string;
  readonly k?: number;
  readonly columns?: string;
  readonly scaling: ScalingMethod;
  readonly seed: number;
  readonly json?: boolean;
}

/** Names of columns that tell rows apart and say nothing about them. */
const identifier = /^(id|code|key|cust|customer|user)([ _-]?(id|code|no|number))?$/i;

/** The silhouette of more rows is that of a sample. */
const sampleMax = 5_000;

function featurePlaces(table: Table, asked: string | undefined): number[] {
  if (asked !== undefined) return asked.split(',').map((name) => placeOf(table, name.trim()));
  const places = table.columns.flatMap((name, place) => (identifier.test(name) ? [] : [place]));
  if (places.length > 0) return places;
  throw new FlywheelError('BAD_INPUT', `${table.path} has no column of features; name some with --columns.`);
}

async function evaluate({ features, k, columns: asked, scaling, seed, json }: SegmentationArguments) {
  const table = await readTable(features);
  const places = featurePlaces(table, asked);
  const columns = places.length;
  const count = table.rows.length;
  if (k !== undefined && k > count) {
    throw new FlywheelError('BAD_INPUT', `${features} has ${count} rows, which cannot make ${k} groups.`);
  }
  const rows = Float64Array.from({ length: count * columns }, (_, at) =>
    numberAt(table, Math.floor(at / columns), places[at % columns] ?? 0),
  );
  const startMs = performance.now();
  const scaled = scaleRows(fitScale(scaling, rows, columns), rows);
  const random = createRandom(seed);
  const { fit, candidates } =
    k === undefined
      ? chooseClusters(scaled, columns, { from: 3, to: 8, random, sampleMax })
      : { fit: trainKMeans(scaled, columns, { clusters: k, random }), candidates: [] };
  const seconds = (performance.now() - startMs) / 1_000;
  const judged = silhouette(scaled, columns, fit.labels, { sampleMax, random: random.stream('judge') });
  const { sizes, inertia } = fit.model;
  const means = clusterMeans(rows, columns, fit.labels, sizes.length);
  showFigures(
    {
      service: 'segmentation',
      rows: count,
      features: places.map((place) => table.columns[place]),
      scaling,
      k: sizes.length,
      inertia,
      silhouette: judged?.mean ?? null,
      sizes: Array.from(sizes),
      centres: Array.from(sizes, (_, cluster) =>
        Array.from(means.subarray(cluster * columns, (cluster + 1) * columns)),
      ),
      candidates,
      seconds,
    },
    json === true,
  );
}

/** Adds `segmentation` to the command `evaluate`. */
export function registerEvaluateSegmentation(command: Command): void {
  command
    .command('segmentation')
    .description(
      'group the rows of a table by K-means: inertia on its scale, silhouette, sizes, centres as measured',
    )
    .requiredOption('--features <file.csv>', 'one row per customer, with a header')
    .addOption(
      new Option('--k <groups>', 'how many; chosen from 3 to 8 by the silhouette unless given').argParser(
        wholeNumber(1, 1_000),
      ),
    )
    .option('--columns <names>', 'the features, divided by commas; all columns but an id unless given')
    .addOption(
      new Option('--scaling <name>', 'how the columns come on one scale')
        .choices(scalingMethods)
        .default('log-standard'),
    )
    .addOption(
      new Option('--seed <number>', 'of the random draws').default(0).argParser(wholeNumber(0, 2 ** 31)),
    )
    .option('--json', 'print one JSON object')
    .action(evaluate);
}
