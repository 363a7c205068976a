// Factorises interactions on Spark: hands them over through the warehouse, and fetches the factors of the products.

import { fileURLToPath } from 'node:url';
import type { SparkSettings } from '../../core/engine-settings.js';
import { FlywheelError } from '../../core/errors.js';
import type { Database } from '../../warehouse/database.js';
import {
  dropStaging,
  type FactorStaging,
  readFactors,
  type StagedMatrix,
  stageMatrices,
} from '../../warehouse/factor-staging.js';
import { submit } from './submit.js';

export interface SparkAlsDeps {
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  /** The same warehouse, as Spark reaches it. */
  readonly databaseUrl: string;
  readonly spark: SparkSettings;
  /** So many entries are one block of work (1,000,000). */
  readonly blockEntries?: number;
}

export interface SparkAlsPart {
  /** Customers x products, every stored value above 0. */
  readonly matrix: StagedMatrix;
  /** The penalty on each vector for each entry of its row or column, above 0. */
  readonly regularisation: number;
}

export interface SparkAlsTerms {
  /** The length of the vectors. */
  readonly factors: number;
  /** An entry of value v counts 1 + alpha v, one that is missing 1. */
  readonly alpha: number;
  /** Rounds over customers and products. */
  readonly rounds: number;
  /** A whole number. */
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Told the share that is done, from 0 to 1. */
  readonly onProgress: (share: number) => void;
}

export interface SparkAlsFactors {
  /** Of each part, products x factors by rows, of single precision; zeros for a product without entries. */
  readonly products: readonly Float64Array[];
  /** The version of Spark. */
  readonly version: string;
  /** In how many blocks the work was done. */
  readonly blocks: number;
}

/** Spark's shell takes longer to start than a small factorisation does. */
const startedShare = 0.2;

/**
 * Minimises, for each part, the sum over all pairs of c (p - x'y)^2 + lambda (n |x|^2 + m |y|^2): a stored entry v has
 * p = 1 and c = 1 + alpha v, every other pair p = 0 and c = 1, and n and m are the numbers of entries of its row and its
 * column. Y. Hu, Y. Koren, C. Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008, with the
 * weights of Y. Zhou, D. Wilkinson, R. Schreiber, R. Pan, "Large-scale Parallel Collaborative Filtering for the Netflix
 * Prize", AAIM 2008, as Spark's ALS does it.
 *
 * Every part that is given must have entries. In one block the same matrices, terms and release of Spark give the same
 * factors on the same kind of machine; in several, sums are taken in the order in which tasks end, and the last digits
 * differ. Rejects with CANCELLED when the signal comes and with UNAVAILABLE, which names the innermost cause, when Spark
 * fails; what it was handed is dropped in any case.
 */
export async function factoriseOnSpark(
  { database, databaseUrl, spark, blockEntries = 1_000_000 }: SparkAlsDeps,
  parts: readonly SparkAlsPart[],
  terms: SparkAlsTerms,
): Promise<SparkAlsFactors> {
  const { factors, signal } = terms;
  const entries = Math.max(...parts.map(({ matrix }) => matrix.values.length));
  const blocks = Math.ceil(entries / blockEntries);
  refuseAfter(signal);
  const staging = await stageMatrices(
    database,
    parts.map(({ matrix }) => matrix),
  );
  try {
    const version = await runSpark({ databaseUrl, spark, staging, blocks }, parts, terms);
    const products: Float64Array[] = [];
    for (const [part, { matrix }] of parts.entries()) {
      refuseAfter(signal);
      products.push(await readFactors(database, staging, { part, columns: matrix.columns, factors }));
    }
    return { products, version, blocks };
  } finally {
    // What cannot be dropped now is dropped by the next run; the reason for its end goes before.
    await dropStaging(database, staging).catch(() => undefined);
  }
}

function refuseAfter({ aborted }: AbortSignal): void {
  if (aborted) {
    throw new FlywheelError(
      'CANCELLED',
      'Spark was stopped before it finished the factorisation of interactions.',
    );
  }
}

interface SparkAlsRun extends Pick<SparkAlsDeps, 'databaseUrl' | 'spark'> {
  readonly staging: FactorStaging;
  readonly blocks: number;
}

/** Resolves to the version of Spark once the factors are written. */
async function runSpark(
  { databaseUrl, spark, staging, blocks }: SparkAlsRun,
  parts: readonly SparkAlsPart[],
  { factors, alpha, rounds, seed, signal, onProgress }: SparkAlsTerms,
): Promise<string> {
  const told = {
    entries: `pg.public.${staging.entries}`,
    factors: `pg.public.${staging.factors}`,
    parts: parts
      .map(({ matrix, regularisation }, part) => `${part}:${matrix.rows}:${regularisation}`)
      .join(' '),
    blocks,
    rank: factors,
    alpha,
    rounds,
    seed,
  };
  const heard = new Map<string, string>();
  await submit(spark, {
    title: 'the factorisation of interactions',
    databaseUrl,
    settings: Object.fromEntries(
      Object.entries(told).map(([name, value]) => [`spark.flywheel.als.${name}`, String(value)]),
    ),
    // Spark's own shell runs Scala as it stands, so that nothing is to be compiled for its release.
    command: async () => ['--class', 'org.apache.spark.repl.Main', '-usejavacp', '-i', script],
    onLine(line) {
      const [mark, what = '', value = ''] = line.split(' ');
      if (mark !== 'flywheel') return;
      heard.set(what, value);
      if (what === 'share') onProgress(startedShare + (1 - startedShare) * Number(value));
    },
    signal,
  });
  const version = heard.get('version');
  if (version !== undefined && heard.get('done') === String(parts.length)) return version;
  throw new FlywheelError(
    'UNAVAILABLE',
    'Spark ended without factors; look into what it wrote, and whether it is a release that this program knows.',
  );
}

const script = fileURLToPath(new URL('als.scala', import.meta.url));
