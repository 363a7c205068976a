import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDays, dayNumberOf } from '../../../src/warehouse/stream/days.js';
import { createLatestPrices } from '../../../src/warehouse/stream/latest-prices.js';
import { createMembers } from '../../../src/warehouse/stream/members.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 });
});
afterAll(() => database.close());

const customers = { table: 'dim_customer', column: 'code' } as const;
const codes = (from: number, count: number) =>
  new Set(Array.from({ length: count }, (_, index) => `code ${from + index}`));

describe('members', () => {
  it('are created once, whoever asks for them first', async () => {
    const asking = Array.from({ length: 8 }, () => createMembers(database, customers));
    const answers = await Promise.all(
      asking.map((members, index) => members.resolve(codes(index * 50, 200))),
    );
    const { rows } = await sql<{ code: string; id: number }>`SELECT code, id FROM dim_customer`.execute(
      database.kysely,
    );
    const stored = new Map(rows.map(({ code, id }) => [code, id]));
    expect(stored.size).toBe(550);
    for (const [index, answer] of answers.entries()) {
      expect([...answer]).toHaveLength(200);
      for (const code of codes(index * 50, 200)) expect(answer.get(code)).toBe(stored.get(code));
    }
  });

  it('are known by every text, whatever stands in it', async () => {
    const strange = new Set(['', ' ', 'Ä', 'ä', "o'clock", '\\N', '{a,b}', '"', '💡', 'tab\there']);
    const members = createMembers(database, { table: 'dim_product', column: 'code' });
    const ids = await members.resolve(strange);
    expect(new Set(ids.values()).size).toBe(strange.size);
    members.forget();
    expect(await members.resolve(strange)).toEqual(ids);
  });

  it('that the database cannot hold as they are, are refused', async () => {
    const members = createMembers(database, { table: 'dim_region', column: 'name' });
    await expect(members.resolve(new Set(['half \ud800']))).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});

it('days get their rows, whoever needs them first', async () => {
  const days = new Set([20240229, 20241231, 19700101]);
  await Promise.all([createDays(database).ensure(days), createDays(database).ensure(days)]);
  const { rows } = await sql`
    SELECT id, day::text, year, quarter, month, day_of_month, iso_year, iso_week, weekday FROM dim_date ORDER BY id`.execute(
    database.kysely,
  );
  expect(rows[1]).toEqual({
    id: 20240229,
    day: '2024-02-29',
    year: 2024,
    quarter: 1,
    month: 2,
    day_of_month: 29,
    iso_year: 2024,
    iso_week: 9,
    weekday: 4,
  });
  expect(rows[2]).toMatchObject({ id: 20241231, iso_year: 2025, iso_week: 1 });
  expect(dayNumberOf(Date.UTC(2024, 1, 29, 23, 59))).toBe(20240229);
});

it('the latest price is that of the newest sale that is no estimate and no return', async () => {
  const ids = await createMembers(database, { table: 'dim_product', column: 'code' }).resolve(
    new Set(['priced', 'unpriced']),
  );
  const priced = ids.get('priced') ?? 0;
  const unpriced = ids.get('unpriced') ?? 0;
  const sale = (line: number, product: number, kind: string, price: number, estimated: boolean, at: string) =>
    sql`
    INSERT INTO fact_sales (source, invoice, line, kind, product_id, date_id, quantity, unit_price, amount, estimated, sold_at)
    VALUES ('till', 'i', ${line}, ${kind}::sale_kind, ${product}, 20240229, 1, ${price}, ${price}, ${estimated}, ${at}::timestamptz)`.execute(
      database.kysely,
    );
  await sale(1, priced, 'SALE', 3, false, '2024-02-01');
  await sale(2, priced, 'SALE', 2, false, '2024-01-01');
  await sale(3, priced, 'SALE', 9, true, '2024-02-02');
  await sale(4, priced, 'RETURN', 8, false, '2024-02-03');
  await sale(5, unpriced, 'SALE', 7, true, '2024-02-03');
  const prices = createLatestPrices(database, { freshMs: 0 });
  expect(
    [...(await prices.read(new Set([priced, unpriced])))].map(([id, { unitPrice }]) => [id, unitPrice]),
  ).toEqual([[priced, '3.0000']]);
  await sale(6, priced, 'SALE', 4, false, '2024-02-04');
  expect((await prices.read(new Set([priced]))).get(priced)?.unitPrice).toBe('4.0000');
});
