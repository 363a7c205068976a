// Stock levels: the newest count counts, however counts come, and what is sold later is taken off.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { noteStock } from '../../../src/flywheel/stock/note-stock.js';
import type { ArrivedEvent } from '../../../src/warehouse/stream/facts.js';
import { inTransaction } from '../../../src/warehouse/transaction.js';
import { readStock, type StockCount, writeCounts } from '../../../src/warehouse/wheel/stock.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { atHour, count, fillSteadyShop, sell } from './steady-shop.js';

let database: TestDatabase;
const ids = new Map<string, number>();

beforeAll(async () => {
  database = await createTestDatabase();
  await fillSteadyShop(database.pool, 'lamp', 'bag', 'tin');
  const { rows } = await database.pool.query<{ id: number; code: string }>(
    'SELECT id, code FROM dim_product',
  );
  for (const { id, code } of rows) ids.set(code, id);
});
afterAll(() => database?.close());

const idOf = (code: string) => ids.get(code) ?? 0;
const countOf = (code: string, quantity: string, at: Date): StockCount => ({
  productId: idOf(code),
  quantity,
  countedAtMs: at.getTime(),
});

async function levels(): Promise<Readonly<Record<string, string>>> {
  const { rows } = await database.pool.query<{ code: string; quantity: string; counted_at: Date }>(
    'SELECT code, quantity, counted_at FROM stock_level JOIN dim_product ON id = product_id ORDER BY code',
  );
  return Object.fromEntries(
    rows.map(({ code, quantity, counted_at }) => [code, `${quantity} ${counted_at.getUTCHours()}:00`]),
  );
}

const write = (...counts: readonly StockCount[]) =>
  inTransaction(database, (session) => writeCounts(session, counts));

it('keeps the newest count, in whatever order they come', async () => {
  const given = [
    countOf('lamp', '7', atHour(9)),
    countOf('lamp', '12.5', atHour(10)),
    countOf('lamp', '9', atHour(8)),
    countOf('bag', '4', atHour(9)),
    // Of two at one moment the lower one.
    countOf('bag', '3', atHour(9)),
    countOf('bag', '5', atHour(9)),
  ];
  const expected = { bag: '3.000 9:00', lamp: '12.500 10:00' };
  await write(...given);
  expect(await levels()).toEqual(expected);
  expect(await write(...given)).toBe(0);
  for (const order of [given, [...given].reverse()]) {
    await database.pool.query('TRUNCATE stock_level');
    for (const one of order) await write(one);
    expect(await levels()).toEqual(expected);
  }
});

it('takes off what was sold since, and not what came before', async () => {
  await count(database.pool, 'tin', 50, atHour(9));
  await sell(database.pool, 'tin', 5, atHour(9));
  await sell(database.pool, 'tin', 8, atHour(10));
  await sell(database.pool, 'tin', -2, atHour(11));
  // The books were put right: no goods moved.
  await sell(database.pool, 'tin', 7, atHour(12));
  await database.pool.query(`UPDATE fact_sales SET kind = 'ADJUSTMENT' WHERE quantity = 7`);
  const [tin, ...others] = await readStock(database, ['tin', 'none']);
  expect(others).toEqual([]);
  expect(tin).toEqual({
    productId: idOf('tin'),
    code: 'tin',
    counted: 50,
    countedAt: atHour(9),
    soldSince: 6,
    movedAt: atHour(11),
  });
});

const told = (code: string | null, value: string | null, at = atHour(9)): ArrivedEvent => ({
  source: 'shop',
  eventId: `${code} ${value}`,
  type: 'stock',
  customerId: null,
  customer: null,
  productId: code === null ? null : idOf(code),
  product: code,
  value,
  text: null,
  attributes: null,
  occurredAt: at.getTime(),
  appendedAtMs: atHour(9).getTime(),
});

it('takes a count from the future as of when it came, so that later ones count', async () => {
  await database.pool.query('TRUNCATE stock_level');
  const note = (...events: readonly ArrivedEvent[]) =>
    inTransaction(database, (session) => noteStock(session, { events, sales: [] }));
  await note(told('lamp', '4', new Date('2999-01-01T00:00:00Z')), told('bag', '5', atHour(12)));
  expect(await levels()).toEqual({ bag: '5.000 12:00', lamp: '4.000 9:00' });
  await note(told('lamp', '7', atHour(10)));
  expect(await levels()).toMatchObject({ lamp: '7.000 10:00' });
});

it('takes no event for a count that names no product or no number that can be', async () => {
  await database.pool.query('TRUNCATE stock_level');
  const events = [
    told('lamp', '-3'),
    told('bag', '999999999.9999'),
    told('bag', null),
    told(null, '5'),
    { ...told('tin', '5'), type: 'view' },
  ];
  const refused = await inTransaction(database, (session) => noteStock(session, { events, sales: [] }));
  expect(refused).toBe(3);
  expect(await levels()).toEqual({ lamp: '-3.000 9:00' });
});
