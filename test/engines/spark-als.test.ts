// Spark factorises for the recommender: the factors by their definition, and a training from the question to answers.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SparkSettings } from '../../src/core/engine-settings.js';
import { createRandom } from '../../src/core/random.js';
import { factoriseOnSpark, type SparkAlsFactors, type SparkAlsPart } from '../../src/engines/spark/als.js';
import { factorModel } from '../../src/math/recommend/factor-model.js';
import {
  type ImplicitAlsModel,
  penaltyPerEntry,
  placeInAls,
  trainImplicitAls,
} from '../../src/math/recommend/implicit-als.js';
import {
  type SparseMatrix,
  sparseFromTriples,
  sparseRow,
  transpose,
} from '../../src/math/sparse/sparse-matrix.js';
import { ndcgOf } from '../../src/services/recommendation/factorise.js';
import { holdBack } from '../../src/services/recommendation/held-back.js';
import { eventually } from '../contracts/log-server.js';
import { type Gateway, startGateway } from '../support/gateway.js';
import { readPurchases, splitPurchases, testWindow } from '../support/online-retail.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { describeWithSharedFile, sharedFolder } from '../support/shared-data.js';
import { fillSmallShop } from '../support/small-shop.js';
import { describeWithSpark, localSpark, sparkInstallTimeoutMs } from '../support/spark.js';
import { describeWhenAsked } from '../support/when-asked.js';

/** The shell of Spark compiles what it is told, which takes minutes where others want the processors too. */
const runMs = 300_000;
const customers = 240;
const products = 90;
const tastes = 6;
const terms = { factors: 8, alpha: 1, regularisation: 3 } as const;

/** Customers with one of six tastes, who mostly buy what is of it; every fifth entry came in the month that is held back. */
function tasteful() {
  const random = createRandom('tastes');
  const all = { row: [] as number[], column: [] as number[], value: [] as number[] };
  const before = { row: [] as number[], column: [] as number[], value: [] as number[] };
  for (let row = 0; row < customers; row += 1) {
    for (let turn = 0; turn < 12; turn += 1) {
      const taste = random.uniform() < 0.8 ? row % tastes : random.integer(tastes);
      const column = taste + tastes * random.integer(products / tastes - 1);
      const value = random.uniform() < 0.3 ? 0.2 : 1;
      for (const entries of turn % 5 === 4 ? [all] : [all, before]) {
        entries.row.push(row);
        entries.column.push(column);
        entries.value.push(value);
      }
    }
  }
  const matrixOf = (entries: typeof all) => sparseFromTriples(customers, products, entries, 'max');
  const [owned, ownedBefore] = [matrixOf(all), matrixOf(before)];
  const recent = new Float64Array(products);
  return { owned, held: holdBack({ shares: ownedBefore, owned: ownedBefore, recent }, owned) };
}

function partOf(matrix: SparseMatrix): SparkAlsPart {
  return { matrix, regularisation: penaltyPerEntry(matrix, terms.regularisation) };
}

function modelOf({ regularisation }: SparkAlsPart, itemFactors: Float64Array): ImplicitAlsModel {
  const { factors, alpha } = terms;
  return {
    ...factorModel(factors, new Float64Array(), itemFactors),
    regularisation,
    alpha,
    objective: 'added',
  };
}

/** The factors of all rows of a matrix, the other side held fast. */
function placesOf(matrix: SparseMatrix, model: ImplicitAlsModel): Float64Array {
  const all = new Float64Array(matrix.rows * model.factors);
  for (let row = 0; row < matrix.rows; row += 1) {
    all.set(placeInAls(model, sparseRow(matrix, row)), row * model.factors);
  }
  return all;
}

async function stagingOf({ pool }: TestDatabase): Promise<readonly unknown[]> {
  const { rows } = await pool.query("SELECT relname FROM pg_class WHERE relname LIKE 'factor_staging_%'");
  return rows;
}

describeWhenAsked(describeWithSpark, 'the factors of Spark', () => {
  let database: TestDatabase;
  let spark: SparkSettings;
  beforeAll(async () => {
    spark = await localSpark();
    database = await createTestDatabase();
  }, sparkInstallTimeoutMs);
  afterAll(() => database?.close());

  const { owned, held } = tasteful();
  const parts = [partOf(owned), partOf(held.shares)];
  const factorise = (
    options: { readonly databaseUrl?: string; readonly rounds?: number; readonly blockEntries?: number } = {},
    signal = new AbortController().signal,
    onProgress: (share: number) => void = () => undefined,
  ) => {
    const { databaseUrl = database.url, rounds = 15, blockEntries = 1_000_000 } = options;
    const { factors, alpha } = terms;
    return factoriseOnSpark({ database, databaseUrl, spark, blockEntries }, parts, {
      factors,
      alpha,
      rounds,
      seed: 5,
      signal,
      onProgress,
    });
  };

  let first: SparkAlsFactors | undefined;

  it('are where both sides fit each other, and order as well as our own', { timeout: runMs }, async () => {
    const shares: number[] = [];
    first = await factorise({}, undefined, (share) => shares.push(share));
    expect(first).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/), blocks: 1 });
    expect(shares).toEqual(shares.toSorted((one, other) => one - other));
    expect(shares.at(-1)).toBe(1);
    const found = first.products;
    const [whole, before] = parts.map((part, at) => modelOf(part, found[at] ?? new Float64Array()));
    if (whole === undefined || before === undefined) throw new Error('Two parts have two models.');

    // The customers as the products have them, and the products as those customers have them: after 15 rounds both
    // sides hardly move any more. Under another objective they would move by a good part of their length.
    const placed = placesOf(owned, whole);
    const back = placesOf(transpose(owned), {
      ...whole,
      ...factorModel(terms.factors, new Float64Array(), placed),
    });
    const norm = (vector: Float64Array) => Math.hypot(...vector);
    const moved = norm(back.map((value, at) => value - (whole.itemFactors[at] ?? 0)));
    expect(norm(whole.itemFactors)).toBeGreaterThan(1);
    expect(moved / norm(whole.itemFactors)).toBeLessThan(0.05);
    // A product that nobody bought has nothing.
    const unsold = products - 1;
    expect([...whole.itemFactors.slice(unsold * terms.factors)]).toEqual(new Array(terms.factors).fill(0));

    // Both methods minimise nearly the same, from other beginnings and with the penalty laid out otherwise: in figures, a
    // tenth of the nDCG. That is less than what chance makes of 240 customers, and far less than what either is above chance.
    const { factors, alpha, regularisation } = terms;
    const own = trainImplicitAls(held.shares, { factors, alpha, regularisation, random: createRandom(5) });
    const [ofSpark, ofOurs] = [ndcgOf(before, held), ndcgOf(own, held)];
    expect(ofOurs).toBeGreaterThan(0.2);
    expect(Math.abs(ofSpark - ofOurs)).toBeLessThan(0.1 * ofOurs);
    expect(await stagingOf(database)).toEqual([]);
  });

  it('are the same again', { timeout: runMs }, async () => {
    expect(await factorise()).toEqual(first);
  });

  it('are as good from several blocks at once', { timeout: runMs }, async () => {
    const { products: found, blocks } = await factorise({ blockEntries: 1_000 });
    expect(blocks).toBe(Math.ceil(owned.values.length / 1_000));
    const [, part] = parts;
    if (part === undefined) throw new Error('There are two parts.');
    const own = trainImplicitAls(held.shares, { ...terms, random: createRandom(5) });
    const ofOurs = ndcgOf(own, held);
    expect(Math.abs(ndcgOf(modelOf(part, found[1] ?? new Float64Array()), held) - ofOurs)).toBeLessThan(
      0.1 * ofOurs,
    );
  });

  it('are not to be had without the warehouse, as one sentence says, and nothing is left behind', {
    timeout: runMs,
  }, async () => {
    const url = new URL(database.url);
    url.pathname = '/nowhere';
    await expect(factorise({ databaseUrl: url.href })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /^Spark could not finish the factorisation of interactions: .*nowhere[^\n]*\.$/,
      ),
    });
    expect(await stagingOf(database)).toEqual([]);
  });

  it('leave nothing behind when they are cancelled, nor what a run that died left', {
    timeout: runMs,
  }, async () => {
    await database.pool.query('CREATE TABLE factor_staging_dead_entries (part integer)');
    const cancelling = new AbortController();
    const failing = factorise({ rounds: 200 }, cancelling.signal, () => cancelling.abort());
    await expect(failing).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await stagingOf(database)).toEqual([]);
  });
});

const onlineRetail = 'data/online-retail.csv.gz';

const onSharedSpark = (title: string, suite: () => void) =>
  describeWithSpark(title, () =>
    describeWithSharedFile(onlineRetail, 'on the sales of Online Retail', suite),
  );

describeWhenAsked(onSharedSpark, 'the factors of Spark', () => {
  it('order the month that was held back about as well as our own', {
    timeout: sparkInstallTimeoutMs + 2 * runMs,
  }, async () => {
    const database = await createTestDatabase();
    const { train, relevant, testUsers, recent } = splitPurchases(
      readPurchases(join(sharedFolder, onlineRetail)),
      testWindow,
    );
    const held = {
      shares: train,
      owned: train,
      recent,
      customers: testUsers,
      relevant: Array.from(testUsers, (user) => sparseRow(relevant, user).indices),
    };
    const online = { factors: 64, alpha: 1, regularisation: 10 } as const;
    const regularisation = penaltyPerEntry(train, online.regularisation);
    const deps = { database, databaseUrl: database.url, spark: await localSpark() };
    const { products: found } = await factoriseOnSpark(deps, [{ matrix: train, regularisation }], {
      ...online,
      rounds: 15,
      seed: 1,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    await database.close();
    const items = factorModel(online.factors, new Float64Array(), found[0] ?? new Float64Array());
    const ofSpark = ndcgOf({ ...items, regularisation, alpha: online.alpha, objective: 'added' }, held);
    const ofOurs = ndcgOf(trainImplicitAls(train, { ...online, random: createRandom(1) }), held);
    // A penalty for each entry holds those who bought much at bay more than one for each row: it is another trade, which
    // cost a twentieth of the nDCG here when it was measured.
    expect(ofOurs).toBeGreaterThan(0.09);
    expect(Math.abs(ofSpark - ofOurs)).toBeLessThan(0.1 * ofOurs);
  });
});

interface Training {
  readonly state: string;
  readonly step: string | null;
  readonly engine: string;
  readonly version: number | null;
}

async function ask(gateway: Gateway, query: string) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  expect(errors).toBeUndefined();
  return data;
}

async function trainOnSpark(gateway: Gateway): Promise<Training> {
  await ask(gateway, 'mutation { train(service: RECOMMENDATION, engine: SPARK, seed: 3) { engine } }');
  const newest = async (): Promise<Training> => {
    const { trainings } = await ask(
      gateway,
      '{ trainings(service: RECOMMENDATION, first: 1) { state step engine version } }',
    );
    return trainings[0];
  };
  await expect
    .poll(async () => (await newest()).state, { timeout: runMs, interval: 500 })
    .toMatch(/REGISTERED|FAILED|CANCELLED/);
  return newest();
}

describeWhenAsked(describeWithSpark, 'a training on Spark', () => {
  let database: TestDatabase;
  let spark: SparkSettings;
  beforeAll(async () => {
    spark = await localSpark();
    database = await createTestDatabase({ poolSize: 10 });
    await fillSmallShop(database.pool);
  }, sparkInstallTimeoutMs);
  afterAll(() => database?.close());

  async function withGateway(
    settings: Readonly<Record<string, string>>,
    work: (gateway: Gateway) => Promise<void>,
  ): Promise<void> {
    const gateway = await startGateway(database, { RECOMMENDATION_URL: '', ...settings }, [
      'gateway',
      'pipeline',
    ]);
    try {
      await work(gateway);
    } finally {
      await gateway.close();
    }
  }

  describe('where Spark cannot be had', () => {
    it.each([
      ['there is none', () => ({}), /^Where trainings are done there is no Spark; set SPARK_HOME/],
      [
        'it cannot reach the warehouse',
        () => ({ SPARK_HOME: spark.home }),
        /^Spark reaches the warehouse with the JDBC driver of PostgreSQL; name its file/,
      ],
    ])('has failed, since %s', { timeout: 2 * runMs }, async (_, settings, sentence) => {
      await withGateway(settings(), async (gateway) => {
        expect(await trainOnSpark(gateway)).toEqual({
          state: 'FAILED',
          step: expect.stringMatching(sentence),
          engine: 'SPARK',
          version: null,
        });
        expect((await ask(gateway, '{ models { version } }')).models).toEqual([]);
      });
    });
  });

  it('ends in a model like any other, whose factors answer, again and after a rollback', {
    timeout: 3 * runMs,
  }, async () => {
    const settings = { SPARK_HOME: spark.home, SPARK_MASTER: spark.master, SPARK_JARS: spark.jars.join(',') };
    await withGateway(settings, async (gateway) => {
      expect(await trainOnSpark(gateway)).toMatchObject({ state: 'REGISTERED', step: null, engine: 'SPARK' });
      const { rows } = await database.pool.query(
        "SELECT count(DISTINCT customer_id)::int AS buyers FROM fact_sales WHERE kind = 'SALE'",
      );
      const { buyers } = rows[0];
      const { models } = await ask(
        gateway,
        '{ models { name status seed parameters quality { measure value } } }',
      );
      expect(models).toMatchObject([{ name: 'recommendation/1', status: 'CHAMPION', seed: 3 }]);
      expect(JSON.parse(models[0].parameters).als).toEqual({
        engine: 'spark',
        version: expect.stringMatching(/^\d+\.\d+/),
        blocks: 1,
        factors: Math.floor(buyers / 2),
        alpha: 1,
        rounds: 15,
        regularisation: expect.any(Number),
      });
      const measures = models[0].quality.map(({ measure }: { measure: string }) => measure);
      expect(measures).toEqual(expect.arrayContaining(['ndcg@10', 'alsNdcg@10']));
      const answer = () =>
        ask(
          gateway,
          '{ recommendations(customer: "C007", first: 5, by: ALS) { model degraded items { score product { code } } } }',
        );
      const answeredBy = (model: string) =>
        eventually(async () =>
          expect((await answer()).recommendations).toMatchObject({ model, degraded: false }),
        );
      await answeredBy('recommendation/1');
      const before = await answer();
      expect(before.recommendations.items).toHaveLength(5);

      await ask(gateway, 'mutation { train(service: RECOMMENDATION, engine: OWN, seed: 3) { engine } }');
      await eventually(async () => {
        const { trainings } = await ask(gateway, '{ trainings(first: 1) { engine version } }');
        expect(trainings).toEqual([{ engine: 'OWN', version: 2 }]);
      });
      await ask(gateway, 'mutation { promote(service: RECOMMENDATION, version: 2) { status } }');
      await answeredBy('recommendation/2');
      expect((await answer()).recommendations.items).not.toEqual(before.recommendations.items);
      await ask(gateway, 'mutation { rollback(service: RECOMMENDATION) { version } }');
      await answeredBy('recommendation/1');
      expect(await answer()).toEqual(before);
    });
    expect(await stagingOf(database)).toEqual([]);
  });

  it('refuses what Spark does not train', async () => {
    await withGateway({}, async (gateway) => {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: 'mutation { train(service: SEGMENTATION, engine: SPARK) { state } }' }),
      });
      const { errors } = await response.json();
      expect(errors).toMatchObject([
        { message: expect.stringContaining('segmentation is not trained on Spark') },
      ]);
    });
  });
});
