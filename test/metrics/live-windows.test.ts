// The newest windows of a cut, by their keys.

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { windowsStatement } from '../../src/metrics/emit-live-windows.js';
import type { KeyFilter } from '../../src/metrics/live.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

let database: TestDatabase;

const pairs: (readonly (string | null)[])[] = ['a', 'b', null].flatMap((one) =>
  ['"1"', 'é/2', null].map((two) => [one, two]),
);

beforeAll(async () => {
  database = await createTestDatabase();
  const starts = { 'Event/ALL/ONE,TWO': [0], 'Event/MINUTE/ONE,TWO': [0, 60_000, 120_000] };
  for (const [cut, all] of Object.entries(starts)) {
    for (const startMs of all) {
      for (const pair of pairs) {
        const key = JSON.stringify(pair);
        await sql`INSERT INTO live_window (cut, window_start, key, message, revision, final)
          VALUES (${cut}, ${new Date(startMs).toISOString()}::timestamptz, ${key}, ${`${startMs} ${key}`}, 1, false)`.execute(
          database.kysely,
        );
      }
    }
  }
});
afterAll(() => database.close());

async function messages(cut: string, filter: KeyFilter, last = 1): Promise<unknown[]> {
  const statement = windowsStatement({ cut, last, filter, resultsTopic: 'results', rowsMax: 1_000 });
  const { rows } = await statement.execute(database.kysely);
  return rows.map((row) => Object(row).message).sort();
}

const filters: KeyFilter[] = [
  [undefined, undefined],
  [['a'], undefined],
  [undefined, [null, '"1"']],
  [['a'], ['"1"']],
  [
    ['a', null],
    ['é/2', null, 'elsewhere'],
  ],
  [['nobody'], ['"1"']],
  [[], ['"1"']],
];

it.each(filters.map((filter) => [filter]))('are those that %j wants', async (filter) => {
  const isWanted = (pair: readonly (string | null)[]) =>
    filter.every((keys, place) => keys?.includes(pair[place] ?? null) ?? true);
  const wanted = (...startsMs: number[]) =>
    startsMs
      .flatMap((startMs) => pairs.filter(isWanted).map((pair) => `${startMs} ${JSON.stringify(pair)}`))
      .sort();
  const none = pairs.some(isWanted) ? undefined : [null];
  expect(await messages('Event/ALL/ONE,TWO', filter)).toEqual(none ?? wanted(0));
  expect(await messages('Event/MINUTE/ONE,TWO', filter, 2)).toEqual(none ?? wanted(60_000, 120_000));
});
