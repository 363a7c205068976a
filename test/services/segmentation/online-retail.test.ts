// The customers of Online Retail from the sales file to named segments.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { segmentationMethods } from '../../../src/services/segmentation/contract.js';
import { createSegmentationHandler } from '../../../src/services/segmentation/service.js';
import {
  type SegmentationSettings,
  segmentationDefaults,
} from '../../../src/services/segmentation/settings.js';
import { trainSegmentation } from '../../../src/services/segmentation/train.js';
import { loadFile } from '../../../src/warehouse/load/load-file.js';
import {
  type CustomerValues,
  readCustomerValues,
} from '../../../src/warehouse/service-reads/customer-values.js';
import { readProductSeries } from '../../../src/warehouse/service-reads/product-series.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { describeWithSharedFile } from '../../support/shared-data.js';

describeWithSharedFile('data/online-retail.csv.gz', 'segments of Online Retail', (file) => {
  let database: TestDatabase;
  const { signal } = new AbortController();

  beforeAll(async () => {
    database = await createTestDatabase();
    await loadFile({ database, file, format: 'online-retail' });
  }, 180_000);

  afterAll(() => database?.close());

  async function train(settings: SegmentationSettings, champion?: Buffer) {
    const before = champion === undefined ? undefined : { bytes: champion };
    const options = { seed: 1, signal, onProgress: () => {}, champion: before };
    const { bytes, description } = await trainSegmentation({ database }, options, settings);
    const model = { name: 'segmentation/1', bytes: Buffer.from(bytes) };
    const handler = createSegmentationHandler(model, { database });
    const { results } = await handler('segments', [{}], { signal });
    return {
      ...model,
      handler,
      description,
      segments: segmentationMethods.segments.result.parse(results[0]),
    };
  }

  it('have the recency, frequency and spend of the reference', async () => {
    const { customers } = await readCustomerValues(database);
    const buyers = customers.filter(({ orders }) => orders > 0);
    const sum = (of: (customer: CustomerValues) => number) =>
      buyers.reduce((total, customer) => total + of(customer), 0);
    expect(customers.length - buyers.length).toBe(33);
    expect(buyers.length).toBe(4_339);
    expect(sum(({ recencyDays }) => recencyDays ?? Number.NaN)).toBe(403_707);
    expect(sum(({ orders }) => orders)).toBe(18_536);
    expect(sum(({ spend }) => spend)).toBeCloseTo(8_310_477.05, 1);
    const [first] = buyers;
    expect(first).toEqual({ code: '12346', recencyDays: 326, orders: 1, spend: 0, onlyBehaved: false });
  });

  it('are named after their numbers in four groups', async () => {
    const { description, segments } = await train({ ...segmentationDefaults, clusters: 4 });
    // .05 % above the best of fifty starts of the reference.
    expect(description.quality.inertia).toBeLessThan(4_111.304 * 1.0005);
    const expected = [
      // Means of the reference, whose best fit differs from others of the same inertia by a few dozen customers.
      { name: 'NEW', recencyDays: 22.3, frequency: 1.94, spend: 493 },
      { name: 'LOYAL', recencyDays: 12.1, frequency: 13.5, spend: 7_427 },
      { name: 'AT_RISK', recencyDays: 68.5, frequency: 4.14, spend: 1_642 },
      { name: 'LOST', recencyDays: 192.6, frequency: 1.32, spend: 339 },
    ];
    expect(segments.map(({ name }) => name)).toEqual([...expected.map(({ name }) => name), 'POTENTIAL']);
    for (const [place, { name, ...means }] of expected.entries()) {
      for (const [feature, mean] of Object.entries(means)) {
        const found = Reflect.get(segments[place]?.centre ?? {}, feature);
        expect(found / mean, `${name} ${feature}`).toBeCloseTo(1, 1);
      }
    }
  });

  it('are chosen in number by the silhouette', async () => {
    const { description, segments, handler } = await train(segmentationDefaults);
    expect(description.parameters.clusters).toBe(3);
    expect(description.parameters.candidates).toMatchObject([
      { clusters: 3, silhouette: expect.closeTo(0.3324, 2) },
      { clusters: 4, silhouette: expect.closeTo(0.3314, 2) },
      { clusters: 5, silhouette: expect.closeTo(0.3144, 2) },
      { clusters: 6, silhouette: expect.closeTo(0.3095, 2) },
      { clusters: 7, silhouette: expect.closeTo(0.3192, 2) },
      { clusters: 8, silhouette: expect.closeTo(0.3149, 2) },
    ]);
    expect(description.quality.silhouette).toBeCloseTo(0.33, 1);
    expect(segments.map(({ name }) => name)).toEqual(['ACTIVE', 'LOYAL', 'LOST', 'POTENTIAL']);
    const { results } = await handler('assign', [{ customer: '14911' }, { customer: '12346' }], { signal });
    expect(results).toMatchObject([{ segment: 'LOYAL' }, { segment: 'LOST' }]);
  });

  it('stay as many as they were while another number is hardly better', async () => {
    const four = await train({ ...segmentationDefaults, clusters: 4 });
    const again = await train(segmentationDefaults, four.bytes);
    expect(again.segments.map(({ name, clusters }) => [name, clusters])).toEqual(
      four.segments.map(({ name, clusters }) => [name, clusters]),
    );
    const six = await train({ ...segmentationDefaults, clusters: 6 });
    const fewer = await train(segmentationDefaults, six.bytes);
    expect(fewer.description.parameters.clusters).toBe(3);
  });

  it('have beside them what the products sold in each week', async () => {
    const { products, next } = await readProductSeries(database, {
      codes: ['85123A', '22423'],
      grain: 'WEEK',
      periodsMax: 520,
    });
    // The file begins on Wednesday 2010-12-01 and ends on Friday 2011-12-09.
    expect(next).toEqual(new Date('2011-12-05T00:00:00Z'));
    expect(products.map((each) => each?.units.length)).toEqual([53, 53]);
    const units = products[0]?.units ?? [];
    expect(units.filter((value) => value === 0).length).toBe(1);
  });
});
