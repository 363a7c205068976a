// A few hundred seeded facts crowded around what calendars get wrong, and their way into a database.

import type { Pool } from 'pg';
import { createRandom } from '../../src/core/random.js';
import type { Fact } from './oracle.js';

/** Turns of clocks in several zones, ends of ISO years, a leap day, and the day that Samoa never had. */
const moments = [
  '2011-12-30T10:00Z',
  '2019-12-29T12:00Z',
  '2019-12-31T22:00Z',
  '2020-02-28T23:00Z',
  '2020-02-29T12:00Z',
  '2020-03-08T05:30Z',
  '2020-03-29T01:00Z',
  '2020-10-25T01:00Z',
  '2020-11-01T05:00Z',
  '2021-01-03T23:30Z',
  '2021-02-28T12:00Z',
  '2021-03-28T01:00Z',
];

const products = [
  { code: 'b', name: 'Bowl', category: 'Küche' },
  { code: 'B', name: null, category: 'Küche' },
  { code: 'É', name: 'Étagère', category: null },
  { code: '10', name: 'Lamp "ten"', category: 'Lamps' },
  { code: '9', name: "O'Neil's lamp", category: 'Lamps' },
];
const customers = [
  { code: 'C2', segment: 'LOYAL' },
  { code: 'c1', segment: null },
  { code: 'C10', segment: 'LOYAL' },
  { code: 'Ä', segment: 'AT_RISK' },
];
const regions = ['France', 'EIRE', 'Åland'];

/** Facts in documents of one to four lines, of which most share their time and customer and some do not. */
export function randomFacts(seed: number, documents: number): Fact[] {
  const random = createRandom(seed);
  const pick = <T>(items: readonly T[]): T => {
    const item = items[random.integer(items.length)];
    if (item === undefined) throw new Error('Nothing to pick from.');
    return item;
  };
  const chance = (share: number) => random.uniform() < share;
  const someTime = () => Date.parse(pick(moments)) + Math.floor((random.uniform() - 0.5) * 60 * 3_600_000);
  const someCustomer = () => (chance(0.25) ? null : pick(customers));
  const seen = new Map<string, number>();
  return Array.from({ length: documents }, () => {
    const invoice = String(random.integer(documents / 2));
    const source = pick(['web', 'till']);
    const document = {
      at: someTime(),
      customer: someCustomer(),
      kind: chance(0.8) ? 'SALE' : 'RETURN',
    } as const;
    const region = chance(0.2) ? null : pick(regions);
    return Array.from({ length: 1 + random.integer(4) }, (): Fact => {
      const name = `${source} ${invoice}`;
      const line = (seen.get(name) ?? 0) + 1;
      seen.set(name, line);
      const kind = chance(0.05) ? 'ADJUSTMENT' : document.kind;
      const sign = kind === 'RETURN' ? -1n : 1n;
      const product = pick(products);
      const customer = chance(0.1) ? someCustomer() : document.customer;
      return {
        source,
        invoice,
        line,
        kind,
        product: product.code,
        productName: product.name,
        category: product.category,
        customer: customer?.code ?? null,
        segment: customer?.segment ?? null,
        region,
        amount: sign * BigInt(random.integer(5_000_000)),
        quantity: sign * 10n * BigInt(random.integer(20_000)),
        at: chance(0.1) ? someTime() : document.at,
      };
    });
  }).flat();
}

/** Fills an empty, migrated database with the facts. */
export async function storeFacts(pool: Pool, facts: readonly Fact[]): Promise<void> {
  await pool.query('insert into dim_region (name) select unnest($1::text[])', [regions]);
  await pool.query(
    'insert into dim_customer (code, segment) select * from unnest($1::text[], $2::segment_name[])',
    [customers.map(({ code }) => code), customers.map(({ segment }) => segment)],
  );
  await pool.query(
    'insert into dim_product (code, name, category) select * from unnest($1::text[], $2::text[], $3::text[])',
    [
      products.map(({ code }) => code),
      products.map(({ name }) => name),
      products.map(({ category }) => category),
    ],
  );
  await pool.query(
    `insert into dim_date (id, day, year, quarter, month, day_of_month, iso_year, iso_week, weekday)
     select to_char(day, 'YYYYMMDD')::int, day, 0, 0, 0, 0, 0, 0, 0
     from generate_series('2011-12-01'::date, '2021-12-31', '1 day') as day`,
  );
  const rows = facts.map(({ amount, quantity, at, ...fact }) => ({
    ...fact,
    amount: `${amount}e-4`,
    quantity: `${quantity}e-4`,
    at: new Date(at).toISOString(),
  }));
  await pool.query(
    `insert into fact_sales (source, invoice, line, kind, product_id, customer_id, region_id, date_id, quantity, unit_price, amount, sold_at)
     select f.source, f.invoice, f.line, f.kind, p.id, c.id, r.id, to_char(f.at at time zone 'UTC', 'YYYYMMDD')::int, f.quantity, 1, f.amount, f.at
     from json_to_recordset($1) as f(source text, invoice text, line int, kind sale_kind, product text, customer text, region text,
                                     amount numeric, quantity numeric, at timestamptz)
     join dim_product p on p.code = f.product left join dim_customer c on c.code = f.customer left join dim_region r on r.name = f.region`,
    [JSON.stringify(rows)],
  );
  await pool.query('analyze');
}
