import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deadLetterOf } from '../../src/events/dead-letter.js';
import { createDecoder } from '../../src/events/decode.js';
import type { FactRow, LiveWriter } from '../../src/metrics/live-facts.js';
import {
  type BatchHandler,
  type BatchHandlerDeps,
  createBatchHandler,
  type Written,
} from '../../src/pipeline/batch-handler.js';
import { createDimensions } from '../../src/pipeline/dimensions.js';
import { type PartitionId, StalePosition } from '../../src/stream/event-log.js';
import { openPosition, readPositions } from '../../src/warehouse/stream/positions.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { batchOf, partition } from './feed.js';

let database: TestDatabase;
let folded: { readonly model: string; readonly rows: readonly FactRow[] }[];
const windows: LiveWriter = {
  async write(_session, _writer, facts) {
    folded.push(...facts);
    return { late: 0 };
  },
};
const never = new AbortController().signal;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  folded = [];
  await sql`TRUNCATE fact_event, fact_measurement, fact_sales, stream_position, outbox, dim_customer, dim_product,
    dim_region, dim_date CASCADE`.execute(database.kysely);
});

async function open(where: PartitionId = partition, written: Written[] = []): Promise<BatchHandler> {
  await openPosition(database, 'flywheel', { ...where, start: 0n, end: 0n }, null);
  return handlerOf(where, 0n, written);
}

function handlerOf(
  where: PartitionId,
  begin: bigint,
  written: Written[] = [],
  at: Pick<BatchHandlerDeps, 'liveWriter' | 'steps'> & { readonly database: TestDatabase } = {
    database,
    liveWriter: windows,
  },
): BatchHandler {
  return createBatchHandler(
    {
      ...at,
      group: 'flywheel',
      decode: createDecoder({ timeZone: 'UTC' }),
      deadLetter: (place, record, reason) =>
        deadLetterOf({ record, place: { ...place, offset: record.offset }, reason, refusedAtMs: 0 }),
      deadLetterTopic: 'dead',
      dimensions: createDimensions(at.database),
      onWritten: (outcome) => written.push(outcome),
    },
    where,
    begin,
  );
}

const rowsOf = async (statement: ReturnType<typeof sql>) => (await statement.execute(database.kysely)).rows;
const events = () =>
  rowsOf(sql`
    SELECT f.source, event_id, type, c.code AS customer, p.code AS product, value, text, occurred_at
    FROM fact_event AS f LEFT JOIN dim_customer AS c ON c.id = customer_id LEFT JOIN dim_product AS p ON p.id = product_id
    ORDER BY f.id`);
const sales = () =>
  rowsOf(sql`
    SELECT s.source, invoice, line, kind, p.code AS product, c.code AS customer, r.name AS region, date_id, quantity,
      unit_price AS price, amount, estimated
    FROM fact_sales AS s JOIN dim_product AS p ON p.id = product_id LEFT JOIN dim_customer AS c ON c.id = customer_id
    LEFT JOIN dim_region AS r ON r.id = s.region_id JOIN dim_date AS d ON d.id = date_id ORDER BY s.id`);
const dead = () =>
  rowsOf(sql`SELECT topic, convert_from(value, 'UTF8') AS value, headers FROM outbox ORDER BY id`);
const position = async () => (await readPositions(database, 'flywheel'))[0];

/** Too long for an index, and not to be compressed. */
const longCode = Array.from({ length: 20_000 }, (_, index) =>
  (index * 7_919 * (index % 89)).toString(36),
).join('');

const click = (id: string, more: object = {}) => ({
  id,
  event: 'click',
  user_id: 1,
  item_id: 101,
  timestamp: '2024-09-09 12:00:00',
  ...more,
});

describe('a batch of events', () => {
  it('becomes facts, members and a position', async () => {
    const handler = await open();
    await handler.handle(
      batchOf([
        { user_id: 1, event: 'click', item_id: 101, timestamp: '2024-09-09 12:00:00' },
        click('a', { source: 'web', value: 4.5, text: 'tab\there, line\nthere, \\N', user_id: 'Zoë' }),
        { event_id: 3, event_time: 1725868800.0, value: 300 },
      ]),
      never,
    );
    const at = new Date('2024-09-09T12:00:00Z');
    expect(await events()).toEqual([
      {
        source: 'user-behavior',
        event_id: 'topic-1/0/0',
        type: 'click',
        customer: '1',
        product: '101',
        value: null,
        text: null,
        occurred_at: at,
      },
      {
        source: 'web',
        event_id: 'a',
        type: 'click',
        customer: 'Zoë',
        product: '101',
        value: '4.500000000000',
        text: 'tab\there, line\nthere, \\N',
        occurred_at: at,
      },
    ]);
    expect(await rowsOf(sql`SELECT source, value FROM fact_measurement`)).toEqual([
      { source: 'user-behavior', value: '300.000000000000' },
    ]);
    expect(await position()).toMatchObject({
      nextOffset: 3n,
      endOffset: 3n,
      behaviourMaxAt: at,
      measurementMaxAt: new Date(1_725_868_800_000),
      counts: { accepted: 3, repeated: 0, dead: 0, late: 0, unpriced: 0 },
      stopped: null,
    });
    expect(folded.map(({ model, rows }) => [model, rows.length])).toEqual([
      ['Event', 2],
      ['Measurement', 1],
    ]);
    expect(folded[0]?.rows[0]).toMatchObject({ customer: '1', product: '101', occurredAt: at.getTime() });
  });

  it('counts an event once, wherever its repeat comes', async () => {
    const handler = await open();
    await handler.handle(batchOf([click('a'), click('b'), click('a')]), never);
    await handler.handle(
      batchOf([click('b'), click('c'), click('a'), click('a', { source: 'web' })], 3n),
      never,
    );
    const other = await open({ ...partition, partition: 1 });
    await other.handle(batchOf([click('c'), click('d')], 0n, { ...partition, partition: 1 }), never);
    expect((await events()).map((row) => Object(row).event_id)).toEqual(['a', 'b', 'c', 'a', 'd']);
    expect((await readPositions(database)).map(({ counts }) => [counts.accepted, counts.repeated])).toEqual([
      [4, 3],
      [1, 1],
    ]);
  });

  it('has one writer of the same events at the same moment', async () => {
    const places = [0, 1, 2, 3].map((number) => ({ ...partition, partition: number }));
    const handlers = await Promise.all(places.map((where) => open(where)));
    const ids = Array.from({ length: 200 }, (_, index) => `e${index}`);
    await Promise.all(
      handlers.map((handler, index) =>
        handler.handle(
          batchOf(
            ids.map((id) => click(id)),
            0n,
            places[index],
          ),
          never,
        ),
      ),
    );
    expect(
      await rowsOf(sql`SELECT count(*)::int AS n, count(DISTINCT event_id)::int AS ids FROM fact_event`),
    ).toEqual([{ n: 200, ids: 200 }]);
    const counts = (await readPositions(database)).map((row) => row.counts);
    expect(counts.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(200);
    expect(counts.reduce((sum, { repeated }) => sum + repeated, 0)).toBe(600);
  });

  it('is written in parts when the database takes too long for the whole', async () => {
    const hasty = await createTestDatabase({ statementTimeoutMs: 700 });
    try {
      const sizes: number[] = [];
      const slow: LiveWriter = {
        async write(session, _writer, facts) {
          const size = facts.reduce((sum, { rows }) => sum + rows.length, 0);
          if (size > 4) await session.run(sql`SELECT pg_sleep(30)`);
          sizes.push(size);
          return { late: 0 };
        },
      };
      await openPosition(hasty, 'flywheel', { ...partition, start: 0n, end: 0n }, null);
      const handler = handlerOf(partition, 0n, [], { database: hasty, liveWriter: slow });
      await handler.handle(batchOf(Array.from({ length: 16 }, (_, index) => click(`e${index}`))), never);
      expect(sizes).toEqual([4, 4, 4, 4]);
      expect((await readPositions(hasty))[0]).toMatchObject({
        nextOffset: 16n,
        counts: { accepted: 16, dead: 0 },
      });
    } finally {
      await hasty.close();
    }
  });

  it('is turned away when somebody else has read on', async () => {
    const handler = await open();
    const zombie = handlerOf(partition, 0n);
    await handler.handle(batchOf([click('a')]), never);
    await expect(zombie.handle(batchOf([click('z')]), never)).rejects.toBeInstanceOf(StalePosition);
    expect(await events()).toHaveLength(1);
    expect((await position())?.counts.accepted).toBe(1);
  });

  it('moves on over places that hold nothing', async () => {
    const handler = await open();
    await handler.handle({ ...partition, records: [], nextOffset: 7n, endOffset: 9n }, never);
    expect(await position()).toMatchObject({ nextOffset: 7n, endOffset: 9n });
  });

  it('creates a member anew that was removed meanwhile', async () => {
    const handler = await open();
    await handler.handle(batchOf([click('a')]), never);
    await sql`DELETE FROM dim_customer`.execute(database.kysely);
    await handler.handle(batchOf([click('b')], 1n), never);
    expect((await events()).map((row) => Object(row).customer)).toEqual([null, '1']);
  });
});

describe('what cannot be kept', () => {
  it('goes to the dead letters, and everything else of its batch to the warehouse', async () => {
    const written: Written[] = [];
    const handler = await open(partition, written);
    const values = [
      ...Array.from({ length: 5 }, (_, index) => click(`e${index}`)),
      'not json',
      click('nul', { text: 'a\u0000b' }),
      click('half', { user_id: '\ud800' }),
      click('long', { user_id: longCode }),
      ...Array.from({ length: 4 }, (_, index) => click(`f${index}`)),
    ];
    await handler.handle(batchOf(values), never);
    const kept = (await events()).map((row) => Object(row).event_id);
    expect(kept).toEqual(expect.arrayContaining(['e0', 'e4', 'f0', 'f3']));
    const letters = await dead();
    expect(kept.length + letters.length).toBe(values.length);
    expect(letters[0]).toMatchObject({ topic: 'dead', value: 'not json' });
    expect(await position()).toMatchObject({
      nextOffset: BigInt(values.length),
      counts: { accepted: kept.length, dead: letters.length },
    });
    expect(written.at(-1)?.nextOffset).toBe(BigInt(values.length));
  });

  it('may have a key that is no text', async () => {
    const handler = await open();
    const batch = batchOf([click('e1'), 'not json', click('e2')]);
    const key = Buffer.from([0, 0, 0, 0, 0, 0, 0, 5]);
    await handler.handle({ ...batch, records: batch.records.map((record) => ({ ...record, key })) }, never);
    expect(await dead()).toHaveLength(1);
    expect(await position()).toMatchObject({ nextOffset: 3n, counts: { accepted: 2, dead: 1 } });
  });

  it('is found one by one when only the warehouse refuses it', async () => {
    await sql`ALTER TABLE fact_event ADD CONSTRAINT refused CHECK (type <> 'forbidden')`.execute(
      database.kysely,
    );
    try {
      const handler = await open();
      const values = Array.from({ length: 21 }, (_, index) =>
        click(`e${index}`, index % 10 === 3 ? { event: 'forbidden' } : {}),
      );
      await handler.handle(batchOf(values), never);
      expect(await events()).toHaveLength(19);
      expect((await dead()).map((row) => JSON.parse(Object(row).value).id)).toEqual(['e3', 'e13']);
      expect(await position()).toMatchObject({ nextOffset: 21n, counts: { accepted: 19, dead: 2 } });
    } finally {
      await sql`ALTER TABLE fact_event DROP CONSTRAINT refused`.execute(database.kysely);
    }
  });
});

describe('purchases and returns', () => {
  const purchase = (id: string, more: object) => click(id, { event: 'purchase', ...more });

  it('become lines of sales, numbered within their order', async () => {
    const handler = await open();
    await handler.handle(
      batchOf([
        purchase('p1', { order_id: 'o1', quantity: 2, price: 1.25, region: 'France' }),
        purchase('p2', {
          order_id: 'o1',
          items: [
            { item_id: 7, quantity: 3, price: '0.3333' },
            { item_id: 8, price: 2 },
          ],
        }),
        purchase('p3', { price: 5 }),
      ]),
      never,
    );
    await handler.handle(
      batchOf(
        [
          purchase('p4', { order_id: 'o1', price: 9 }),
          click('r1', { event: 'return', order_id: 'o1', quantity: 1, price: 1.25 }),
        ],
        3n,
      ),
      never,
    );
    const line = {
      source: 'user-behavior',
      customer: '1',
      region: null,
      date_id: 20240909,
      kind: 'SALE',
      estimated: false,
    };
    expect(await sales()).toEqual([
      {
        ...line,
        invoice: 'o1',
        line: 1,
        product: '101',
        region: 'France',
        quantity: '2.000',
        price: '1.2500',
        amount: '2.5000',
      },
      { ...line, invoice: 'o1', line: 2, product: '7', quantity: '3.000', price: '0.3333', amount: '0.9999' },
      { ...line, invoice: 'o1', line: 3, product: '8', quantity: '1.000', price: '2.0000', amount: '2.0000' },
      {
        ...line,
        invoice: 'p3',
        line: 1,
        product: '101',
        quantity: '1.000',
        price: '5.0000',
        amount: '5.0000',
      },
      {
        ...line,
        invoice: 'o1',
        line: 4,
        product: '101',
        quantity: '1.000',
        price: '9.0000',
        amount: '9.0000',
      },
      {
        ...line,
        kind: 'RETURN',
        invoice: 'o1',
        line: 5,
        product: '101',
        quantity: '-1.000',
        price: '1.2500',
        amount: '-1.2500',
      },
    ]);
    expect(await events()).toHaveLength(5);
  });

  it('without a price take the latest known one, or are counted', async () => {
    const handler = await open();
    await handler.handle(
      batchOf([purchase('p0', {}), purchase('p1', { price: 3 }), purchase('p2', {})]),
      never,
    );
    await handler.handle(
      batchOf([purchase('p3', { quantity: 2 }), purchase('p4', { item_id: 999 }), purchase('p2', {})], 3n),
      never,
    );
    expect(
      (await sales()).map((row) => [Object(row).invoice, Object(row).amount, Object(row).estimated]),
    ).toEqual([
      ['p1', '3.0000', false],
      ['p2', '3.0000', true],
      ['p3', '6.0000', true],
    ]);
    expect((await position())?.counts).toEqual({ accepted: 5, repeated: 1, dead: 0, late: 0, unpriced: 2 });
    // The last attempt counts: one before it took the repeat for new, and was rolled back.
    expect(folded.findLast(({ model }) => model === 'Sale')?.rows).toHaveLength(1);
  });

  it('add nothing when they are repeated', async () => {
    const handler = await open();
    await handler.handle(batchOf([purchase('p1', { order_id: 'o1', price: 1 })]), never);
    await handler.handle(
      batchOf(
        [purchase('p1', { order_id: 'o1', price: 1 }), purchase('p2', { order_id: 'o1', price: 1 })],
        1n,
      ),
      never,
    );
    expect((await sales()).map((row) => Object(row).line)).toEqual([1, 2]);
  });

  it('that come to more than the warehouse holds are dead letters', async () => {
    const handler = await open();
    await handler.handle(
      batchOf([purchase('p1', { quantity: 999_999_999, price: 99_999_999 }), click('a')]),
      never,
    );
    expect(await sales()).toEqual([]);
    expect(await dead()).toHaveLength(1);
    expect((await position())?.counts).toMatchObject({ accepted: 1, dead: 1 });
  });
});

describe('a step of another room', () => {
  it('sees what is new, once, and takes the whole batch with it when it fails', async () => {
    await open();
    const seen: string[] = [];
    let fails = true;
    let failsLate = false;
    const told: number[] = [];
    const handler = handlerOf(partition, 0n, [], {
      database,
      liveWriter: windows,
      steps: [
        async (session, { events: facts, sales: lines }) => {
          await session.run(sql`UPDATE fact_event SET text = 'stepped on'`);
          if (fails) throw new Error('the step failed');
          seen.push(...facts.map(({ eventId }) => eventId), ...lines.map(({ product }) => `sold ${product}`));
          return () => told.push(facts.length);
        },
        async () => {
          if (failsLate) throw new Error('a later step failed');
          return undefined;
        },
      ],
    });
    const first = batchOf([click('a'), { ...click('b'), event: 'purchase', price: 2 }]);
    await expect(handler.handle(first, never)).rejects.toThrow('the step failed');
    expect(await events()).toEqual([]);
    fails = false;
    failsLate = true;
    await expect(handler.handle(first, never)).rejects.toThrow('a later step failed');
    expect(told).toEqual([]);
    seen.length = 0;
    failsLate = false;
    await handler.handle(first, never);
    expect(told).toEqual([2]);
    await handler.handle(batchOf([click('a')], 2n), never);
    await handler.handle(batchOf([click('a'), click('c')], 3n), never);
    expect(seen).toEqual(['a', 'b', 'sold 101', 'c']);
    expect(await events()).toMatchObject(
      ['a', 'b', 'c'].map((event_id) => ({ event_id, text: 'stepped on' })),
    );
  });
});
