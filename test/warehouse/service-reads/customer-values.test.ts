import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  readCustomerValues,
  readNewCustomerValues,
  valuesOn,
} from '../../../src/warehouse/service-reads/customer-values.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { fillSmallShop, smallShop } from '../../support/small-shop.js';

interface Line {
  readonly code: string;
  readonly kind: string;
  readonly invoice: string;
  readonly amount: number;
  readonly sold_at: Date;
}

describe('what customers are worth', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await fillSmallShop(database.pool);
    await database.pool.query(
      `INSERT INTO fact_event (source, event_id, type, customer_id, occurred_at)
       SELECT 'shop', code, 'view', id, '2023-06-01T00:00:00Z' FROM dim_customer WHERE code IN ('C001', 'C002')`,
    );
  });
  afterAll(() => database?.close());

  it('is what a loop over all lines makes of them', async () => {
    const { rows } = await database.pool.query<Line>(
      `SELECT customer.code, sale.kind, sale.invoice, sale.amount::float8 AS amount, sale.sold_at
       FROM fact_sales AS sale JOIN dim_customer AS customer ON customer.id = sale.customer_id`,
    );
    const dayOf = (at: Date) => Math.floor(at.getTime() / 86_400_000);
    const { customers, from, to } = await readCustomerValues(database);
    expect(customers.map(({ code }) => code)).toEqual(
      Array.from({ length: smallShop.customers }, (_, n) => `C${String(n + 1).padStart(3, '0')}`),
    );
    const times = (
      await database.pool.query<{ sold_at: Date }>('SELECT sold_at FROM fact_sales ORDER BY sold_at')
    ).rows.map(({ sold_at }) => sold_at);
    expect([from, to]).toEqual([times[0], times.at(-1)]);
    for (const customer of customers) {
      const lines = rows.filter(({ code }) => code === customer.code);
      const bought = lines.filter(({ kind }) => kind === 'SALE');
      const newest = Math.max(...bought.map(({ sold_at }) => dayOf(sold_at)));
      expect(customer.recencyDays).toBe(
        bought.length === 0 ? null : dayOf(times.at(-1) ?? new Date()) + 1 - newest,
      );
      expect(customer.orders).toBe(new Set(bought.map(({ invoice }) => invoice)).size);
      expect(customer.spend).toBeCloseTo(
        lines.reduce((sum, { amount }) => sum + amount, 0),
        8,
      );
    }
  });

  it('tells who only did something, which returns are not', async () => {
    const { customers } = await readCustomerValues(database);
    const some = customers.filter(({ code }) => ['C002', 'C001', 'C011'].includes(code));
    expect(some.map(({ code, orders, onlyBehaved }) => [code, orders > 0, onlyBehaved])).toEqual([
      ['C001', false, true],
      ['C002', true, false],
      ['C011', false, false],
    ]);
  });

  it('is the same when some are asked for, and nothing where their mark is known', async () => {
    const { customers } = await readCustomerValues(database);
    const first = await readNewCustomerValues(
      database,
      new Map(['C002', 'C001', 'none'].map((code) => [code, undefined])),
    );
    const told = [...first.customers.values()].flatMap(({ totals }) => totals ?? []);
    expect(
      told.map((totals) => valuesOn(first.day, totals)).sort((a, b) => (a.code < b.code ? -1 : 1)),
    ).toEqual(customers.filter(({ code }) => ['C001', 'C002'].includes(code)));
    const again = await readNewCustomerValues(
      database,
      new Map([
        ['C001', first.customers.get('C001')?.mark],
        ['C002', 'another'],
      ]),
    );
    expect(again.day).toBe(first.day);
    expect(again.customers.get('C001')).toEqual({
      mark: first.customers.get('C001')?.mark,
      totals: undefined,
    });
    expect(again.customers.get('C002')).toEqual(first.customers.get('C002'));
    expect((await readNewCustomerValues(database, new Map())).customers.size).toBe(0);
  });

  it('is not read when nobody wants it', async () => {
    await expect(readCustomerValues(database, AbortSignal.abort())).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});
