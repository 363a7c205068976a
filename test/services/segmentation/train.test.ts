import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Assignment, segmentationMethods } from '../../../src/services/segmentation/contract.js';
import { readModel } from '../../../src/services/segmentation/model.js';
import { createSegmentationHandler, modellessHandler } from '../../../src/services/segmentation/service.js';
import {
  type SegmentationSettings,
  segmentationDefaults,
} from '../../../src/services/segmentation/settings.js';
import { trainSegmentation } from '../../../src/services/segmentation/train.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fillSmallShop, smallShop } from '../../support/small-shop.js';
import { fillFiveCustomers, fiveCustomers } from './five-customers.js';

const { signal } = new AbortController();

function serviceOf(database: TestDatabase, bytes: Buffer) {
  const handler = createSegmentationHandler({ name: 'segmentation/3', bytes }, { database });
  const handle = (method: string, items: readonly unknown[]) => handler(method, items, { signal });
  return {
    handle,
    async assign(...codes: readonly string[]): Promise<(Assignment | null)[]> {
      const { results } = await handle(
        'assign',
        codes.map((customer) => ({ customer })),
      );
      return results.map((result) => segmentationMethods.assign.result.nullable().parse(result));
    },
    async segments() {
      const { results } = await handle('segments', [{}]);
      return segmentationMethods.segments.result.parse(results[0]);
    },
  };
}

/** Trains without a host around it. */
async function trainHere(
  database: TestDatabase,
  settings: SegmentationSettings,
  { seed = 7, champion }: { readonly seed?: number; readonly champion?: Buffer } = {},
) {
  const before = champion === undefined ? undefined : { bytes: champion };
  const options = { seed, signal, onProgress: () => {}, champion: before };
  const trained = await trainSegmentation({ database }, options, settings);
  return { ...trained, bytes: Buffer.from(trained.bytes) };
}

describe('five customers', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await fillFiveCustomers(database.pool);
  });
  afterAll(() => database?.close());

  const codes = ['1', '2', '3', '4', '5'];

  async function groupsBy(settings: SegmentationSettings) {
    const { bytes, description } = await trainHere(database, settings);
    const assigned = await serviceOf(database, bytes).assign(...codes);
    const groups = new Map<number | null | undefined, string[]>();
    assigned.forEach((each, place) => {
      const members = groups.get(each?.cluster) ?? [];
      groups.set(each?.cluster, [...members, codes[place] ?? '']);
    });
    return { groups: [...groups.values()], quality: description.quality, assigned };
  }

  it('fall into the known groups unscaled', async () => {
    const { groups, quality, assigned } = await groupsBy({ spend: 'average', scaling: 'none', clusters: 3 });
    expect(assigned.map((each) => each?.features)).toEqual(
      fiveCustomers.map(({ orders, average, days }) => ({
        recencyDays: days,
        frequency: orders,
        spend: average,
      })),
    );
    expect(groups).toEqual([['1', '5'], ['2', '4'], ['3']]);
    expect(quality.inertia).toBeCloseTo(22_551, 8);
  });

  it('fall into the known groups standardised', async () => {
    const { groups, quality } = await groupsBy({ spend: 'average', scaling: 'standard', clusters: 3 });
    expect(groups).toEqual([['1', '2', '5'], ['3'], ['4']]);
    expect(quality.inertia).toBeCloseTo(1.42322928, 8);
  });

  it('make one group each where as many are asked for', async () => {
    const { groups, quality } = await groupsBy({ spend: 'total', scaling: 'log-standard', clusters: 5 });
    expect(groups).toEqual(codes.map((code) => [code]));
    expect(quality.inertia).toBe(0);
  });
});

describe('a small shop', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
    await database.pool.query(`INSERT INTO dim_customer (code) VALUES ('looker'), ('nobody')`);
    await database.pool.query(
      `INSERT INTO fact_event (source, event_id, type, customer_id, occurred_at)
       SELECT 'shop', 'e1', 'view', id, '2023-06-01T00:00:00Z' FROM dim_customer WHERE code = 'looker'`,
    );
  });
  afterAll(() => database?.close());

  async function countBuyers(): Promise<number> {
    const { rows } = await database.pool.query<{ buyers: number }>(
      `SELECT count(DISTINCT customer_id)::integer AS buyers FROM fact_sales WHERE kind = 'SALE'`,
    );
    return rows[0]?.buyers ?? 0;
  }

  it('is trained to the same bytes by the same seed, and says what it was made from', async () => {
    const [one, two] = [
      await trainHere(database, segmentationDefaults),
      await trainHere(database, segmentationDefaults),
    ];
    expect(one.bytes.equals(two.bytes)).toBe(true);
    expect(one.description).toMatchObject({
      rows: { customers: await countBuyers(), heldBack: 0, potential: 1 },
      seed: 7,
      position: null,
      decidedBy: { measure: 'silhouette', better: 'larger' },
      parameters: { spend: 'total', scaling: 'log-standard', clusters: readModel(one.bytes).groups.length },
    });
    expect(one.description.dataFrom?.getUTCFullYear()).toBe(2022);
    expect(one.description.dataTo?.getUTCFullYear()).toBe(2023);
    expect(one.championQuality).toBeUndefined();
  });

  it('gives every buyer a group, who only looked POTENTIAL, and nothing to the others', async () => {
    const { bytes } = await trainHere(database, segmentationDefaults);
    const service = serviceOf(database, bytes);
    const codes = Array.from({ length: smallShop.customers }, (_, n) => `C${String(n + 1).padStart(3, '0')}`);
    const assigned = await service.assign(...codes, 'looker', 'nobody', 'unheard of', 'C001');
    const segments = await service.segments();
    for (const segment of segments.filter(({ name }) => name !== 'POTENTIAL')) {
      const members = assigned.slice(0, codes.length).filter((each) => each?.segment === segment.name);
      expect(members.length).toBe(segment.size);
      expect(new Set(members.map((each) => each?.cluster))).toEqual(new Set(segment.clusters));
      const spend = members.reduce((sum, each) => sum + (each?.features.spend ?? 0), 0) / members.length;
      expect(segment.centre?.spend).toBeCloseTo(spend, 8);
    }
    expect(segments.reduce((sum, { size }) => sum + size, 0)).toBe((await countBuyers()) + 1);
    expect(segments.at(-1)).toMatchObject({ name: 'POTENTIAL', size: 1, clusters: [], centre: null });
    const [looker, nobody, unheard, again] = assigned.slice(codes.length);
    expect(looker).toEqual({
      segment: 'POTENTIAL',
      cluster: null,
      features: { recencyDays: null, frequency: 0, spend: 0 },
    });
    expect([nobody, unheard]).toEqual([null, null]);
    expect(again).toEqual(assigned[0]);
  });

  it('assigns a customer who came after the training', async () => {
    const { bytes } = await trainHere(database, segmentationDefaults);
    await database.pool.query(`INSERT INTO dim_customer (code) VALUES ('late')`);
    await database.pool.query(
      `INSERT INTO fact_sales (source, invoice, line, kind, product_id, customer_id, date_id, quantity, unit_price, amount, sold_at)
       SELECT 'late', invoice, line, kind, product_id, (SELECT id FROM dim_customer WHERE code = 'late'), date_id, quantity,
              unit_price, amount, sold_at
       FROM fact_sales WHERE customer_id = (SELECT id FROM dim_customer WHERE code = 'C002')`,
    );
    try {
      // Whoever bought the same on the same days belongs to the same group.
      const [late, model] = await serviceOf(database, bytes).assign('late', 'C002');
      expect(model?.features.frequency).toBeGreaterThan(0);
      expect(late).toEqual(model);
    } finally {
      await database.pool.query(`DELETE FROM fact_sales WHERE source = 'late'`);
      await database.pool.query(`DELETE FROM dim_customer WHERE code = 'late'`);
    }
  });

  it('keeps the numbers and names of its groups from training to training', async () => {
    const settings = { ...segmentationDefaults, clusters: 4 };
    const first = await trainHere(database, settings, { seed: 1 });
    const second = await trainHere(database, settings, { seed: 2, champion: first.bytes });
    const namesOf = (bytes: Buffer) => readModel(bytes).groups.map(({ number, name }) => [number, name]);
    expect(namesOf(second.bytes)).toEqual(namesOf(first.bytes));
    // The same groups again, but for chance, are no worse.
    expect(second.description.quality.silhouette).toBeGreaterThan(second.championQuality ?? 1);
    expect(second.championQuality).toBeGreaterThan(0);
    const more = readModel(
      (await trainHere(database, { ...settings, clusters: 5 }, { champion: first.bytes })).bytes,
    );
    expect(more.groups.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    const fewer = readModel(
      (await trainHere(database, { ...settings, clusters: 3 }, { champion: first.bytes })).bytes,
    );
    expect(fewer.groups.every(({ number }) => number >= 1 && number <= 4)).toBe(true);
    // What the shop asks for now is not held up by a champion of other settings.
    for (const anew of [
      { ...settings, clusters: 5 },
      { ...settings, scaling: 'standard' as const },
    ])
      expect((await trainHere(database, anew, { champion: first.bytes })).championQuality).toBe(-1);
    // Spend of another meaning is not comparable: a new beginning.
    const average = await trainHere(database, { ...settings, spend: 'average' }, { champion: first.bytes });
    expect(readModel(average.bytes).groups.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
  });

  it('reports its progress upward, and ends when it is cancelled', async () => {
    const shares: number[] = [];
    const onProgress = (share: number) => shares.push(share);
    await trainSegmentation({ database }, { seed: 1, signal, champion: undefined, onProgress });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBeGreaterThan(0.9);
    const ending = new AbortController();
    const training = trainSegmentation(
      { database },
      {
        seed: 1,
        signal: ending.signal,
        champion: undefined,
        onProgress: () => ending.abort(new Error('It was cancelled.')),
      },
    );
    await expect(training).rejects.toThrow('cancelled');
  });

  it('says how far the log was read before', async () => {
    await database.pool.query(
      `INSERT INTO stream_position (group_name, cluster_id, topic_id, partition, topic, next_offset, end_offset, moved_at)
       VALUES ('flywheel', 'c', 'old', 0, 'user-behavior', 900, 900, now() - interval '1 day'),
         ('flywheel', 'c', 'new', 0, 'user-behavior', 17, 20, now()), ('flywheel', 'c', 'new', 1, 'user-behavior', 4, 4, now())`,
    );
    const { description } = await trainHere(database, segmentationDefaults);
    await database.pool.query('TRUNCATE stream_position');
    expect(description.position).toEqual({ 'user-behavior/0': '17', 'user-behavior/1': '4' });
  });

  it('refuses what is wrong: items, methods, bytes', async () => {
    const { bytes } = await trainHere(database, segmentationDefaults);
    const { handle } = serviceOf(database, bytes);
    await expect(handle('assign', [{ customer: 5 }])).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('0.customer'),
    });
    await expect(handle('guess', [])).rejects.toMatchObject({ code: 'BAD_INPUT' });
    expect(() => readModel(Buffer.from('{"format":2}'))).toThrow('train a new one');
    expect(() => readModel(Buffer.from('nothing'))).toThrow('train a new one');
    const anew = await trainHere(database, segmentationDefaults, { champion: Buffer.from('nothing') });
    expect(anew.bytes.equals(bytes)).toBe(true);
    expect(anew.championQuality).toBeUndefined();
    expect(anew.championIsUnreadable).toBe(true);
    const again = await trainHere(database, segmentationDefaults, { champion: bytes });
    expect(again.championIsUnreadable).toBe(false);
  });
});

describe('an empty shop', () => {
  it('cannot be trained, says why, and knows nobody', async () => {
    const database = await createTestDatabase();
    try {
      await expect(trainHere(database, segmentationDefaults)).rejects.toMatchObject({
        code: 'BAD_INPUT',
        message: expect.stringContaining('load'),
      });
      const reply = await modellessHandler('assign', [{ customer: '1' }], { signal });
      expect(reply).toEqual({ model: null, results: [null] });
    } finally {
      await database.close();
    }
  });
});
