// A small shop with every oddity that reads must get right: nulls, quotes, wildcards, ties, guests, returns.

import type { Database } from '../../src/warehouse/database.js';

const products = [
  { code: 'A1', name: 'Lamp "Nova"', category: 'Lamps', description: 'Bright\nand\tsmall' },
  { code: 'A2', name: 'Lamp 100%', category: 'Lamps', description: null },
  { code: 'B_1', name: 'Under_score', category: null, description: 'Back\\slash and é, 漢字, 😀' },
  { code: 'B%2', name: null, category: 'Kitchen', description: '' },
  { code: 'C/3', name: 'Kettle', category: 'Kitchen', description: 'Boils \u0001 \u007f \u2028 water' },
  { code: 'c4', name: 'kettle', category: 'kitchen', description: "It's </script>" },
  { code: 'Z9', name: 'Never sold', category: 'Lamps', description: null },
];

const customers = [
  { code: '100', name: 'Alice', region: 'France', segment: 'LOYAL' },
  { code: '101', name: 'Bob', region: 'Malta', segment: 'AT_RISK' },
  { code: '102', name: null, region: null, segment: null },
  { code: '103', name: 'alice', region: 'France', segment: 'LOYAL' },
  { code: '104', name: 'No sales', region: 'Malta', segment: 'POTENTIAL' },
] as const;

/** Some of them have more digits than JSON holds. */
const values = [
  '4.5',
  null,
  '123456789012345678.123456789012',
  '-999999999999999.95',
  '0.000123456789',
  '999.123456789012',
  '-1000.1234567890125',
  '0',
];

const kinds = ['SALE', 'SALE', 'SALE', 'RETURN', 'ADJUSTMENT'] as const;

/** Fills an empty database with 60 sales of 3 invoices a day, the same at every call, and some events and measurements. */
export async function fillOddShop(database: Database): Promise<void> {
  const { prisma } = database;
  const regions = await prisma.region.createManyAndReturn({
    data: ['France', 'Malta'].map((name) => ({ name })),
  });
  const regionId = (name: string | null) => regions.find((region) => region.name === name)?.id ?? null;
  const madeProducts = await prisma.product.createManyAndReturn({ data: products });
  const madeCustomers = await prisma.customer.createManyAndReturn({
    data: customers.map(({ region, ...customer }) => ({ ...customer, regionId: regionId(region) })),
  });
  await prisma.calendarDay.createMany({
    data: Array.from({ length: 5 }, (_, place) => ({
      id: 20240101 + place,
      day: new Date(Date.UTC(2024, 0, 1 + place)),
      year: 2024,
      quarter: 1,
      month: 1,
      dayOfMonth: 1 + place,
      isoYear: 2024,
      isoWeek: 1,
      weekday: 1 + place,
    })),
  });
  await prisma.sale.createMany({
    data: Array.from({ length: 60 }, (_, place) => {
      const day = place % 5;
      const quantity = (place % 7) - 2;
      const unitPrice = ((place * 37) % 1000) / 100 + (place % 3) / 1000;
      return {
        source: place % 4 === 0 ? 'shop/two' : 'shop',
        invoice: `${place % 4 === 3 ? 'C' : ''}${500 + Math.floor(place / 4)}`,
        line: 1 + (place % 4),
        kind: kinds[place % 5] ?? 'SALE',
        productId: madeProducts[place % 6]?.id ?? 0,
        customerId: place % 3 === 2 ? null : (madeCustomers[place % 4]?.id ?? null),
        regionId: place % 6 === 5 ? null : (regions[place % 2]?.id ?? null),
        dateId: 20240101 + day,
        quantity: quantity.toString(),
        unitPrice: unitPrice.toFixed(3),
        amount: (quantity * unitPrice).toFixed(4),
        soldAt: new Date(Date.UTC(2024, 0, 1 + day, place % 24, place % 2, 0, (place * 111) % 1000)),
        arrivedAt: new Date(Date.UTC(2024, 1, 1)),
      };
    }),
  });
  await prisma.event.createMany({
    data: Array.from({ length: 24 }, (_, place) => ({
      source: place % 5 === 4 ? 'web/shop' : 'web',
      eventId: `e${place}`,
      type: ['view', 'click', 'purchase', 'wish "list"'][place % 4] ?? '',
      customerId: place % 3 === 2 ? null : (madeCustomers[place % 4]?.id ?? null),
      productId: place % 4 === 3 ? null : (madeProducts[place % 6]?.id ?? null),
      value: values[place % values.length] ?? null,
      text: place % 6 === 0 ? 'Würde ich 100% "wieder" kaufen' : null,
      attributes: place % 5 === 0 ? '{"page":"/offers","deep":{"é":[1,null]}}' : null,
      occurredAt: new Date(Date.UTC(2024, 0, 1 + (place % 5), place % 24, 0, 0, (place % 2) * 7)),
      arrivedAt: new Date(Date.UTC(2024, 1, 1)),
    })),
  });
  await prisma.measurement.createMany({
    data: Array.from({ length: 12 }, (_, place) => ({
      source: 'plant',
      eventId: `${place}@17040672${place}`,
      device: place % 3 === 2 ? null : `d/${place % 3}`,
      series: place % 4 === 0 ? null : 'temperature',
      value: ((place * 37) % 100) / 8 - 4,
      text: place === 5 ? 'Sensor "5" \\ cold' : null,
      attributes: place === 6 ? '{"unit":"°C"}' : null,
      occurredAt: new Date(Date.UTC(2024, 0, 1 + (place % 5))),
      arrivedAt: new Date(Date.UTC(2024, 1, 1)),
    })),
  });
}
