// The closer: early values, final ones after the watermark, revisions within the grace period, idle partitions, caps.

import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDefinitions } from '../../src/metrics/definition.js';
import { definitions } from '../../src/metrics/definitions.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type LiveShop, type LiveShopOptions, openLiveShop } from './live-shop.js';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.close());

const open = (options: LiveShopOptions = {}): Promise<LiveShop> => openLiveShop(database, options);
const baseMs = Date.parse('2024-09-09T12:00:00Z');

const click = (user: number | string, afterMs: number, event = 'click') => ({
  user_id: user,
  event,
  item_id: 101,
  timestamp: new Date(baseMs + afterMs).toISOString(),
});

describe('the closer', () => {
  it('publishes a running total per key as it grows', async () => {
    const shop = await open();
    for (const [place, user] of [1, 2, 1, 1].entries()) {
      await shop.feed(0, [click(user, place * 200)]);
      await shop.look();
    }
    const messages = await shop.messages('Event/ALL/CUSTOMER');
    expect(messages.map(({ key, values }) => [key[0], values.EVENTS])).toEqual([
      ['1', '1'],
      ['2', '1'],
      ['1', '2'],
      ['1', '3'],
    ]);
    expect(messages.at(-1)).toMatchObject({
      start: null,
      end: null,
      labels: [null],
      final: false,
      revision: 3,
      watermark: '2024-09-09T12:00:00.600Z',
    });
  });

  it('counts, adds up and averages measurements', async () => {
    const shop = await open();
    await shop.feed(
      0,
      Array.from({ length: 10 }, (_, index) => ({
        event_id: index,
        event_time: baseMs / 1_000 + index,
        value: index * 100,
      })),
    );
    await shop.look();
    const [total] = await shop.messages('Measurement/ALL/');
    expect(total?.values).toEqual({
      MEASUREMENTS: '10',
      MEASUREMENT_TOTAL: '4500',
      MEASUREMENT_AVERAGE: '450',
    });
  });

  it('calls a window final once the watermark has passed its end, and amends it within the grace period', async () => {
    const shop = await open({ latenessMs: 2_000, graceMs: 30_000 });
    await shop.feed(0, [click(1, 0, 'view'), click(2, 59_000)]);
    await shop.look();
    await shop.feed(0, [click(3, 61_900)]);
    await shop.look();
    await shop.feed(0, [click(3, 62_000)]);
    await shop.look();
    // Late, but within the grace period; then one that is too late, which changes nothing.
    await shop.feed(0, [click(4, 40_000)]);
    await shop.look();
    await shop.feed(0, [click(5, 92_000)]);
    await shop.look();
    await shop.feed(0, [click(6, 20_000)]);
    await shop.look();
    const first = (await shop.messages('Event/MINUTE/')).filter(
      ({ start }) => start === '2024-09-09T12:00:00.000Z',
    );
    expect(
      first.map(({ revision, final, values }) => [revision, final, values.EVENTS, values.CLICK_RATE]),
    ).toEqual([
      [1, false, '2', '1'],
      [2, true, '2', '1'],
      [3, true, '3', '2'],
    ]);
    const { rows } = await sql<{ late: string }>`SELECT late FROM stream_position`.execute(database.kysely);
    expect(rows).toEqual([{ late: '1' }]);
  });

  it('waits for the partition that is behind, but not for one that has nothing to read', async () => {
    const shop = await open({ idleMs: 1_000 });
    await shop.feed(0, [click(1, 0), click(1, 120_000)]);
    await shop.feed(1, [click(2, 1_000)]);
    await shop.look();
    const finals = async () => (await shop.messages('Event/MINUTE/')).filter(({ final }) => final).length;
    expect(await finals()).toBe(0);
    await shop.age(5_000);
    await shop.feed(0, [click(1, 121_000)]);
    await shop.look();
    expect(await finals()).toBe(1);
  });

  it('lets event time go on when all partitions are idle, so that the last window ends', async () => {
    const shop = await open({ idleMs: 1_000 });
    await shop.feed(0, [click(1, 59_000)]);
    await shop.look();
    await shop.age(5_000);
    await shop.look(900);
    expect((await shop.messages('Event/MINUTE/')).at(-1)?.final).toBe(false);
    await shop.look(200);
    expect((await shop.messages('Event/MINUTE/')).at(-1)).toMatchObject({
      final: true,
      revision: 2,
      watermark: '2024-09-09T12:01:00.100Z',
    });
  });

  it('does not wait for more of a kind that came once among others', async () => {
    const shop = await open({ idleMs: 60_000 });
    const measured = { event_id: 1, event_time: baseMs / 1_000, value: 1 };
    await shop.feed(0, [measured, click(1, 0)]);
    await shop.feed(1, [click(2, 0)]);
    await shop.look();
    expect((await shop.messages('Measurement/MINUTE/')).at(-1)?.final).toBe(false);
    // Both partitions go on, and bring no measurement.
    await shop.feed(0, [click(1, 200_000)]);
    await shop.feed(1, [click(2, 119_000)]);
    await shop.look();
    expect((await shop.messages('Measurement/MINUTE/')).at(-1)?.final).toBe(false);
    await shop.feed(1, [click(2, 121_000)]);
    await shop.look();
    expect((await shop.messages('Measurement/MINUTE/')).at(-1)).toMatchObject({
      final: true,
      watermark: '2024-09-09T12:01:01.000Z',
    });
  });

  it('neither waits for a partition on which nothing ever came, nor goes by it', async () => {
    const shop = await open({ idleMs: 60_000 });
    await shop.feed(1, []);
    await shop.feed(0, [click(1, 0)]);
    await shop.look();
    const watermark = '2024-09-09T12:00:00.000Z';
    expect((await shop.messages('Event/MINUTE/')).at(-1)?.watermark).toBe(watermark);
    await shop.age(60_000);
    await shop.look();
    await shop.feed(0, [click(1, 0)]);
    await shop.look();
    expect((await shop.messages('Event/MINUTE/')).at(-1)).toMatchObject({ final: false, watermark });
  });

  it('waits for a partition of which nothing has been read yet', async () => {
    const shop = await open({ idleMs: 60_000 });
    await shop.feed(1, []);
    await sql`UPDATE stream_position SET end_offset = 1 WHERE partition = 1`.execute(database.kysely);
    await shop.feed(0, [click(1, 0)]);
    await shop.look();
    expect((await shop.messages('Event/MINUTE/')).at(-1)?.watermark).toBeNull();
    await shop.feed(1, [click(2, -30_000)]);
    await shop.look();
    expect((await shop.messages('Event/MINUTE/')).at(-1)?.watermark).toBe('2024-09-09T11:59:30.000Z');
  });

  it('takes an event that claims to come from the future for one of now', async () => {
    const shop = await open();
    await shop.feed(0, [{ ...click(1, 0), timestamp: new Date(Date.now() + 86_400_000).toISOString() }]);
    await shop.look();
    const [message] = await shop.messages('Event/DAY/');
    expect(Date.parse(message?.watermark ?? '')).toBeLessThanOrEqual(Date.now());
    expect(message?.final).toBe(false);
  });

  it('refuses a distinct count that is past its cap, and goes on with the others', async () => {
    const capped = createDefinitions(
      definitions.metrics.map((metric) => ({
        ...metric,
        live: (metric.live ?? []).map((cut) => ({ ...cut, membersMax: 2 })),
      })),
    );
    const shop = await open({ definitions: capped });
    await shop.feed(0, [click(1, 0), click(2, 1)]);
    await shop.look();
    await shop.feed(0, [click(3, 2)]);
    await shop.look();
    await shop.feed(0, [click(4, 3)]);
    await shop.look();
    const messages = await shop.messages('Event/HOUR/');
    expect(messages.map(({ values, refused }) => [values.EVENTS, values.VISITORS, refused])).toEqual([
      ['2', '2', undefined],
      ['3', null, ['VISITORS']],
      ['4', null, ['VISITORS']],
    ]);
    const { rows } = await sql<{ count: string }>`
      SELECT count(*) FROM live_member WHERE cut = 'Event/HOUR/'`.execute(database.kysely);
    expect(rows).toEqual([{ count: '3' }]);
  });

  it('publishes nothing under a lease that has gone to another', async () => {
    const shop = await open();
    await shop.feed(0, [click(1, 0)]);
    await sql`UPDATE lease SET number = 2 WHERE name = 'closer'`.execute(database.kysely);
    await expect(shop.look()).rejects.toThrow(/another holder/);
    expect(await shop.messages('Event/ALL/')).toEqual([]);
  });

  it('forgets windows that have been kept long enough', async () => {
    const shop = await open();
    await shop.feed(0, [click(1, 0)]);
    await shop.look();
    await shop.feed(0, [click(1, 8 * 86_400_000)]);
    await shop.look();
    while ((await shop.closer.prune(shop.lease)).more);
    for (const table of ['live_partial', 'live_window', 'live_member']) {
      const { rows } = await sql<{ cut: string; windows: string }>`
        SELECT cut, count(DISTINCT window_start) AS windows FROM ${sql.table(table)} GROUP BY cut`.execute(
        database.kysely,
      );
      const windows = Object.fromEntries(rows.map((row) => [row.cut, Number(row.windows)]));
      expect(windows).toMatchObject({ 'Event/MINUTE/': 1, 'Event/HOUR/': 2, 'Event/ALL/': 1 });
    }
  });
});
