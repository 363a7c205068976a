// What is shown and what comes of it as metrics: in reports, and in live windows, a ratio over both among them.

import { sql } from 'kysely';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/core/random.js';
import { openScope } from '../../src/core/scope.js';
import { definitions } from '../../src/metrics/definitions.js';
import type { FactRow, NewFacts } from '../../src/metrics/live-facts.js';
import { createLiveWriter } from '../../src/metrics/live-writer.js';
import type { ReportRequest } from '../../src/metrics/report.js';
import { createReports } from '../../src/metrics/reports.js';
import { createRestater } from '../../src/metrics/restate.js';
import { catalogue } from '../../src/warehouse/catalogue.js';
import { inTransaction } from '../../src/warehouse/transaction.js';
import { expectLaw } from '../pipeline/live-law.js';
import { type LiveShop, openLiveShop } from '../pipeline/live-shop.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { storeMembers } from '../support/stream-facts.js';
import { storeDecisions } from '../support/wheel-facts.js';

const baseMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 26 * 3_600_000;
const at = (minutes: number, seconds = 0) => new Date(baseMs + minutes * 60_000 + seconds * 1_000);
const members = { customers: ['C1', 'C2', 'C3'], products: ['P1', 'P2', 'P3'] };

let database: TestDatabase;

beforeEach(async () => {
  await database?.close();
  database = await createTestDatabase();
  await storeMembers(database.pool, members);
});
afterAll(() => database?.close());

async function report(request: ReportRequest) {
  const { rows } = await createReports({ database, catalogue, definitions }).report(request, openScope);
  return rows.map((row) => [
    ...(row.at ? [row.at.toISOString().slice(11, 16)] : []),
    ...row.keys.map(({ value }) => value),
    ...row.values.map(({ value }) => value),
  ]);
}

/**
 * By hand: of HOLDOUT two places are shown, one at minute 0 and one at 61, none answered; of CHAMPION three are shown
 * at minute 1, one clicked at minute 2 and bought at 70, one bought at 65; one more was decided and never shown.
 */
const decisions = [
  { id: 'h1', customer: 'C1', at: at(0), slots: [{ product: 'P1', shownAt: at(0) }] },
  { id: 'h2', customer: 'C1', at: at(60), slots: [{ product: 'P2', shownAt: at(61) }] },
  {
    id: 'c1',
    customer: 'C2',
    arm: 'CHAMPION',
    policy: 'blend',
    model: 'recommendation/1',
    at: at(0),
    slots: [
      { product: 'P1', shownAt: at(1), clickedAt: at(2), boughtAt: at(70) },
      { product: 'P2', shownAt: at(1), boughtAt: at(65) },
      { product: 'P3', shownAt: at(1) },
      { product: null },
    ],
  },
];

const metrics = ['EXPOSURES', 'OUTCOMES', 'OUTCOME_RATE'];

describe('reports of what is shown', () => {
  beforeEach(() => storeDecisions(database.pool, decisions));

  it('divide outcomes by exposures, which are facts of another kind', async () => {
    expect(await report({ metrics })).toEqual([['5', '2', '0.4']]);
    expect(await report({ metrics: ['OUTCOME_RATE'] })).toEqual([['0.4']]);
    expect(await report({ metrics, by: ['ARM'] })).toEqual([
      ['CHAMPION', '3', '2', '0.666667'],
      ['HOLDOUT', '2', '0', '0'],
    ]);
  });

  it('count each when it happened: a period may have outcomes of what was shown before it', async () => {
    expect(await report({ metrics, grain: 'HOUR', by: ['POLICY'] })).toEqual([
      [at(0).toISOString().slice(11, 16), 'blend', '3', '1', '0.333333'],
      [at(0).toISOString().slice(11, 16), 'floor', '1', '0', '0'],
      [at(60).toISOString().slice(11, 16), 'blend', '0', '1', null],
      [at(60).toISOString().slice(11, 16), 'floor', '1', '0', '0'],
    ]);
  });

  it('are cut by all that is known of what was shown', async () => {
    expect(await report({ metrics, by: ['MODEL', 'DECISION_KIND'] })).toEqual([
      ['recommendation/1', 'RECOMMEND', '3', '2', '0.666667'],
      [null, 'RECOMMEND', '2', '0', '0'],
    ]);
    expect(await report({ metrics, by: ['PRODUCT'] })).toEqual([
      ['P1', '2', '1', '0.5'],
      ['P2', '2', '1', '0.5'],
      ['P3', '1', '0', '0'],
    ]);
    expect(await report({ metrics, by: ['CUSTOMER', 'CATEGORY'] })).toEqual([
      ['C1', 'Category 2', '2', '0', '0'],
      ['C2', 'Category 2', '3', '2', '0.666667'],
    ]);
    expect(await report({ metrics: ['OUTCOME_RATE', 'EVENTS'], by: ['PRODUCT'], first: 1 })).toEqual([
      ['P1', '0.5', '0'],
    ]);
  });

  it('are filtered, in both facts alike', async () => {
    const filter = { op: 'compare', field: 'arm', operator: 'equals', value: 'CHAMPION' } as const;
    expect(await report({ metrics, filter })).toEqual([['3', '2', '0.666667']]);
  });
});

const wheelRow = (more: FactRow): FactRow => ({
  customer: 'C1',
  product: 'P1',
  policy: 'blend',
  arm: 'CHAMPION',
  model: null,
  ...more,
});

/** Writes facts as the settler does: what is gone is given back, what is new is added and inserted. */
async function settle(
  shop: Settled,
  facts: { model: 'Exposure' | 'Outcome'; rows: FactRow[]; gone?: true }[],
) {
  const writer = createLiveWriter({ catalogue, definitions, graceMs: shop.graceMs });
  return inTransaction(database, async (session) => {
    const { late } = await writer.write(session, 'wheel', facts satisfies NewFacts[]);
    for (const { model, rows, gone = false } of facts) {
      const isOutcome = model === 'Outcome';
      const table = sql.table(isOutcome ? 'fact_outcome' : 'fact_exposure');
      for (const { decisionId, policy, arm, model: version, shownAt, occurredAt } of rows) {
        const happened = new Date(Number(isOutcome ? occurredAt : shownAt));
        await session.run(
          gone
            ? sql`DELETE FROM ${table} WHERE decision_id = ${decisionId}`
            : sql`INSERT INTO ${table} (decision_id, slot, kind, arm, policy, model, ${isOutcome ? sql`type, occurred_at` : sql`shown_at`})
              VALUES (${decisionId}, 1, 'RECOMMEND', ${arm}, ${policy}, ${version}, ${isOutcome ? sql`'click', ${happened}` : sql`${happened}`})`,
        );
      }
    }
    return late;
  });
}

interface Settled {
  readonly shop: LiveShop;
  readonly graceMs: number;
}

async function open(graceMs = 60_000): Promise<Settled> {
  return { shop: await openLiveShop(database, { graceMs }), graceMs };
}

async function setClock(moment: Date): Promise<void> {
  await sql`INSERT INTO live_clock (name, watermark) VALUES ('behaviour', ${moment})
    ON CONFLICT (name) DO UPDATE SET watermark = excluded.watermark`.execute(database.kysely);
}

describe('live windows of what is shown', () => {
  it('have a rate that changes with what is shown as with what comes of it', async () => {
    const settled = await open();
    const rates = async () =>
      (await settled.shop.messages('Outcome/ALL/ARM')).map(({ key, values }) => [
        key[0],
        values.OUTCOMES,
        values.OUTCOME_RATE,
      ]);
    await settle(settled, [
      {
        model: 'Exposure',
        rows: [
          wheelRow({ decisionId: 'a', shownAt: at(0).getTime() }),
          wheelRow({ decisionId: 'b', shownAt: at(0).getTime(), arm: null }),
        ],
      },
    ]);
    await settled.shop.look();
    expect((await rates()).sort()).toEqual(
      [
        [null, '0', '0'],
        ['CHAMPION', '0', '0'],
      ].sort(),
    );
    await settle(settled, [
      { model: 'Outcome', rows: [wheelRow({ decisionId: 'a', occurredAt: at(5).getTime() })] },
    ]);
    await settled.shop.look();
    expect((await rates()).at(-1)).toEqual(['CHAMPION', '1', '1']);
    await settle(settled, [
      { model: 'Exposure', rows: [wheelRow({ decisionId: 'c', shownAt: at(6).getTime() })] },
    ]);
    await settled.shop.look();
    expect((await rates()).at(-1)).toEqual(['CHAMPION', '1', '0.5']);
    expect(await settled.shop.messages('Exposure/ALL/ARM')).toHaveLength(3);
    await expectLaw(database);
  });

  it('give back what turned out to be no outcome, and what was shown at another moment', async () => {
    const settled = await open();
    const shown = wheelRow({ decisionId: 'a', shownAt: at(3).getTime() });
    const answered = wheelRow({ decisionId: 'a', occurredAt: at(4).getTime() });
    await settle(settled, [
      { model: 'Exposure', rows: [shown] },
      { model: 'Outcome', rows: [answered] },
    ]);
    await settled.shop.look();
    await settle(settled, [
      { model: 'Exposure', rows: [shown], gone: true },
      { model: 'Exposure', rows: [{ ...shown, shownAt: at(2).getTime() }] },
      { model: 'Outcome', rows: [answered], gone: true },
    ]);
    await settled.shop.look();
    await expectLaw(database);
    expect((await settled.shop.messages('Outcome/HOUR/')).at(-1)?.values).toEqual({
      OUTCOMES: '0',
      OUTCOME_RATE: '0',
    });
    const minutes = await settled.shop.messages('Exposure/MINUTE/');
    expect(minutes.map(({ start, values }) => [start, values.EXPOSURES]).sort()).toEqual([
      [at(2).toISOString(), '1'],
      [at(3).toISOString(), '0'],
      [at(3).toISOString(), '1'],
    ]);
  });

  it('keep beside them what comes too late, and say how much that was', async () => {
    const settled = await open(0);
    const both = (id: string, minutes: number) =>
      settle(settled, [
        { model: 'Exposure', rows: [wheelRow({ decisionId: id, shownAt: at(minutes).getTime() })] },
        { model: 'Outcome', rows: [wheelRow({ decisionId: id, occurredAt: at(minutes, 30).getTime() })] },
      ]);
    expect(await both('a', 10)).toBe(0);
    await setClock(at(30));
    expect(await both('b', 10)).toBe(2);
    expect(await both('c', 40)).toBe(0);
    await settled.shop.look();
    await expectLaw(database);
    const minutes = await settled.shop.messages('Outcome/MINUTE/');
    expect(minutes.map(({ values, final }) => [values.OUTCOMES, final])).toEqual(
      expect.arrayContaining([
        ['1', true],
        ['1', false],
      ]),
    );
  });

  it('are computed from the facts of both kinds in a warehouse that had them before', async () => {
    await storeDecisions(database.pool, decisions);
    const restater = createRestater({ catalogue, definitions });
    await restater.settle(database);
    const settled = await open();
    await settled.shop.look();
    expect(await expectLaw(database)).toBeGreaterThan(30);
    expect((await settled.shop.messages('Outcome/ALL/')).at(-1)?.values).toEqual({
      OUTCOMES: '2',
      OUTCOME_RATE: '0.4',
    });
    await settle(settled, [
      { model: 'Exposure', rows: [wheelRow({ decisionId: 'z', shownAt: at(1).getTime() })] },
    ]);
    await settled.shop.look();
    await expectLaw(database);
    // A file of either kind restates the windows of both.
    await sql`DELETE FROM fact_exposure WHERE decision_id = 'c1' AND slot = 3`.execute(database.kysely);
    await inTransaction(database, (session) =>
      restater.afterFacts(session, { model: 'Exposure', first: at(0), last: at(59) }),
    );
    await settled.shop.look();
    await expectLaw(database);
  });

  it('say what a report says, whatever comes, goes and is late', async () => {
    const random = createRandom(11);
    const settled = await open(30_000);
    const known: { model: 'Exposure' | 'Outcome'; row: FactRow }[] = [];
    for (let round = 0; round < 25; round += 1) {
      const rows = (model: 'Exposure' | 'Outcome', time: string) =>
        Array.from({ length: random.integer(5) }, (_, place) => {
          const row = wheelRow({
            decisionId: `${model}-${round}-${place}`,
            arm: ['HOLDOUT', 'CHAMPION', null][random.integer(3)] ?? null,
            policy: ['floor', 'blend'][random.integer(2)] ?? 'floor',
            model: random.uniform() < 0.5 ? null : `recommendation/${random.integer(2)}`,
            [time]: at(random.integer(200), random.integer(60)).getTime(),
          });
          known.push({ model, row });
          return row;
        });
      const gone = known.splice(random.integer(known.length + 1), random.integer(2));
      const taken = (model: 'Exposure' | 'Outcome') => ({
        model,
        rows: gone.filter((fact) => fact.model === model).map(({ row }) => row),
        gone: true as const,
      });
      await settle(settled, [
        taken('Exposure'),
        taken('Outcome'),
        { model: 'Exposure', rows: rows('Exposure', 'shownAt') },
        { model: 'Outcome', rows: rows('Outcome', 'occurredAt') },
      ]);
      if (random.uniform() < 0.4) await setClock(at(round * 8));
      if (random.uniform() < 0.5) await settled.shop.look();
    }
    await settled.shop.look();
    expect(await expectLaw(database)).toBeGreaterThan(200);
  });
});
