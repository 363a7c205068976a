import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Column,
  catalogue,
  createCatalogue,
  type Model,
  type Relation,
} from '../../../src/warehouse/catalogue.js';
import { loadFile } from '../../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { useTemporaryFiles } from './temporary-files.js';

// Another trade, as its two Prisma models would stand in the catalogue: trips of taxis, with a required capacity.
const column = (name: string, type: Column['type'], more: Partial<Column> = {}): Column => ({
  name,
  column: name,
  type,
  nullable: false,
  hasDefault: false,
  description: null,
  ...more,
});
const relation = (name: string, model: string, from: string, nullable = false): Relation => ({
  name,
  model,
  list: false,
  nullable,
  from: [from],
  to: ['id'],
  owns: true,
  description: null,
});
const taxi: Model = {
  name: 'Taxi',
  table: 'dim_Taxi',
  description: null,
  primaryKey: ['id'],
  uniqueKeys: [['plate']],
  columns: [
    column('id', 'BigInt', { hasDefault: true }),
    column('plate', 'String'),
    column('seats', 'Int'),
    column('electric', 'Boolean', { nullable: true }),
  ],
  relations: [{ ...relation('trips', 'Trip', 'id'), list: true, owns: false, to: ['taxiId'] }],
};
const trip: Model = {
  name: 'Trip',
  table: 'fact_trip',
  description: null,
  primaryKey: ['id'],
  uniqueKeys: [['source', 'number']],
  columns: [
    column('id', 'BigInt', { hasDefault: true }),
    column('source', 'String'),
    column('number', 'Int'),
    column('taxiId', 'BigInt', { column: 'taxi_id' }),
    column('pickupId', 'Int', { column: 'pickup_id', nullable: true }),
    column('dayId', 'Int', { column: 'day_id' }),
    column('startedAt', 'DateTime', { column: 'started_at', nativeType: 'Timestamptz', nativeArgs: ['3'] }),
    column('km', 'Decimal', { nativeType: 'Decimal', nativeArgs: ['8', '2'] }),
    column('details', 'Json', { nullable: true }),
    column('rating', 'Float', { nullable: true }),
  ],
  relations: [
    relation('taxi', 'Taxi', 'taxiId'),
    relation('pickup', 'Region', 'pickupId', true),
    relation('day', 'CalendarDay', 'dayId'),
  ],
};
const trade = createCatalogue([...catalogue.models, taxi, trip], catalogue.enums);

let database: TestDatabase;
const file = useTemporaryFiles();
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`
    CREATE TABLE "dim_Taxi" (id bigserial PRIMARY KEY, plate text NOT NULL UNIQUE, seats integer NOT NULL, electric boolean);
    CREATE TABLE fact_trip (id bigserial PRIMARY KEY, source text NOT NULL, number integer NOT NULL,
      taxi_id bigint NOT NULL REFERENCES "dim_Taxi", pickup_id integer REFERENCES dim_region,
      day_id integer NOT NULL REFERENCES dim_date, started_at timestamptz(3) NOT NULL, km numeric(8, 2) NOT NULL,
      details jsonb, rating double precision, UNIQUE (source, number))`);
});
afterAll(() => database?.close());

const trips = {
  model: 'Trip',
  source: 'meter',
  fields: {
    number: 'no',
    taxi: 'taxi',
    pickup: 'from',
    startedAt: 'at',
    km: 'km',
    details: 'more',
    rating: 'stars',
  },
};

test('a fact and a dimension of another trade load with a mapping alone', async () => {
  const tripLines = [
    '{"no":1,"taxi":"AB 1","from":"Soho","at":"2024-01-01T23:30:00-02:00","km":3.25,"more":{"tip":1},"stars":4.5}',
    '{"no":2,"taxi":"ZZ 9","from":"Soho","at":"2024-01-02","km":1}',
    ...[3, 4, 5, 6, 7].map((no) => `{"no":${no},"taxi":"AB 1","from":null,"at":"2024-01-02","km":2}`),
  ].join('\n');
  const path = await file('trips.jsonl', tripLines);
  // No taxi can be made up, because its seats are not known: its trips are bad rows until its file is there.
  await expect(loadFile({ database, file: path, mapping: trips, catalogue: trade })).rejects.toMatchObject({
    message: expect.stringContaining(
      '"AB 1" is not known, and Taxi needs seats besides; load a file of Taxi first',
    ),
  });

  const taxis = { model: 'Taxi', fields: { plate: 'plate', seats: 'seats', electric: 'e' } };
  await loadFile({
    database,
    file: await file('taxis.csv', 'plate,seats,e\nAB 1,4,yes\n'),
    mapping: taxis,
    catalogue: trade,
  });
  expect(await loadFile({ database, file: path, mapping: trips, catalogue: trade })).toMatchObject({
    inserted: 6,
    rejected: 1,
  });
  await loadFile({
    database,
    file: await file('taxis.csv', 'plate,seats,e\nZZ 9,8,\n'),
    mapping: taxis,
    catalogue: trade,
  });
  // Each trip is a group of its own here, so only the one that was missing is written.
  expect(await loadFile({ database, file: path, mapping: trips, catalogue: trade })).toMatchObject({
    inserted: 1,
    deleted: 0,
    unchanged: 6,
  });
  const { rows } = await database.pool.query(`
    SELECT number, plate, name, day_id, km, details, rating FROM fact_trip JOIN "dim_Taxi" ON "dim_Taxi".id = taxi_id
    LEFT JOIN dim_region ON dim_region.id = pickup_id ORDER BY number LIMIT 2`);
  expect(rows).toEqual([
    {
      number: 1,
      plate: 'AB 1',
      name: 'Soho',
      day_id: 20240102,
      km: '3.25',
      details: { tip: 1 },
      rating: 4.5,
    },
    { number: 2, plate: 'ZZ 9', name: 'Soho', day_id: 20240102, km: '1.00', details: null, rating: null },
  ]);
});
