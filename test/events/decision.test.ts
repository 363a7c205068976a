// Holds that whatever the warehouse knows can be decided about, and that decisions that cannot be kept stop no others.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type DecisionContent,
  decodeDecision,
  faultOfCode,
  recordOf,
  withId,
} from '../../src/events/decision.js';
import { createBatchHandler } from '../../src/pipeline/batch-handler.js';
import { createDimensions } from '../../src/pipeline/dimensions.js';
import { openPosition } from '../../src/warehouse/stream/positions.js';
import { batchOf, noWindows, partition } from '../pipeline/feed.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.close());

const content: DecisionContent = {
  kind: 'REORDER',
  customer: null,
  product: 'lamp',
  cause: 'stock',
  policy: 'reorder-point',
  policyPropensity: 1,
  model: null,
  experiment: null,
  arm: null,
  candidates: 1,
  position: '{}',
  details: null,
  decidedAtMs: 0,
  slots: [{ product: 'lamp', choice: 'ORDER 1', score: 1, propensity: 1, features: null }],
};
const about = (product: string) =>
  withId({
    ...content,
    product,
    slots: [{ product, choice: null, score: 1, propensity: 1, features: null }],
  });

it('is read again for codes of up to 1,000 bytes', () => {
  for (const product of ['p', 'p'.repeat(1_000), 'ü'.repeat(500)]) {
    const decision = about(product);
    const decoded = decodeDecision({ value: Buffer.from(recordOf(decision).value ?? ''), headers: {} });
    expect(decoded).toMatchObject({ ok: true, event: { decision } });
    expect(faultOfCode(product)).toBeUndefined();
  }
  for (const product of ['', 'p'.repeat(1_001), 'ü'.repeat(501), 'a\u0000'])
    expect(faultOfCode(product)).not.toBeUndefined();
});

it('is kept though others beside it cannot be, or are the same', async () => {
  await openPosition(database, 'flywheel', { ...partition, start: 0n, end: 0n }, null);
  const handler = createBatchHandler(
    {
      database,
      liveWriter: noWindows,
      group: 'flywheel',
      decode: decodeDecision,
      deadLetter: () => ({ key: null, value: null }),
      deadLetterTopic: 'dead',
      dimensions: createDimensions(database),
      onWritten: () => undefined,
    },
    partition,
    0n,
  );
  const good = about('p'.repeat(900));
  const hostile = [
    { ...about('half \ud800') },
    { ...good, id: 'half \udc00' },
    JSON.stringify({ ...good, id: 'deep', details: { a: 0 } }).replace(
      '{"a":0}',
      `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    ),
    { ...good, id: 'long cause', cause: 'x'.repeat(501) },
    { ...good, id: 'half in details', details: { a: ['\ud800'] } },
  ];
  await handler.handle(batchOf([...hostile, good, good, about('bag')]), new AbortController().signal);
  const { rows } = await sql<{ id: string }>`SELECT id FROM fact_decision`.execute(database.kysely);
  const ids = rows.map(({ id }) => id);
  expect(ids).toContain(good.id);
  expect(ids).toContain(about('bag').id);
  expect(ids).not.toContain('long cause');
});
