import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type LoadPhase, loadFile } from '../../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import { useTemporaryFiles } from './temporary-files.js';

let database: TestDatabase;
const file = useTemporaryFiles();
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => database.pool.query('TRUNCATE fact_sales, load_file, dim_product CASCADE'));
afterAll(() => database?.close());

const mapping = (source: string) => ({
  model: 'Sale',
  source,
  fields: { invoice: 'id', product: 'what', unitPrice: 'price', soldAt: 'at' },
});
const header = 'id,what,price,at\n';
/** Large enough for its indexes to be built afterwards. */
const many =
  header +
  Array.from({ length: 60_000 }, (_, index) => `${index},p${index % 700},2.5000,2024-01-01T00:00:00Z\n`).join(
    '',
  );
const rows = async (text: string) => (await database.pool.query(text)).rows;
const count = async () => (await rows('SELECT count(*)::int AS count FROM fact_sales'))[0]?.count;
const indexes = () => rows(`SELECT indexname FROM pg_indexes WHERE tablename = 'fact_sales' ORDER BY 1`);

test('a load whose connection is cut leaves nothing, and the next one is clean', async () => {
  const path = await file('many.csv', many);
  const before = await indexes();
  let cut: Promise<unknown> | undefined;
  const onProgress = ({ rows: written }: { rows: number }) => {
    if (written < 20_000 || cut) return;
    cut = database.pool.query(`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`);
  };
  await expect(loadFile({ database, file: path, mapping: mapping('cut'), onProgress })).rejects.toMatchObject(
    {
      code: 'UNAVAILABLE',
      message: expect.stringContaining('nothing was loaded'),
    },
  );
  await cut;
  expect(await count()).toBe(0);
  expect(await indexes()).toEqual(before);
  expect(
    await rows(`SELECT relname FROM pg_class WHERE relname LIKE 'load\\_%' AND relpersistence = 't'`),
  ).toEqual([]);
  expect(await rows('SELECT count(*)::int FROM dim_product')).toEqual([{ count: 0 }]);
  expect(await loadFile({ database, file: path, mapping: mapping('cut') })).toMatchObject({
    inserted: 60_000,
  });
});

test('a load that fails after its indexes were taken off puts them back', async () => {
  const path = await file('broken.csv', `${many}60001,"open,1,2024-01-01\n`);
  const before = await indexes();
  await expect(loadFile({ database, file: path, mapping: mapping('broken') })).rejects.toMatchObject({
    code: 'BAD_INPUT',
  });
  expect(await indexes()).toEqual(before);
  expect(await count()).toBe(0);
});

test('two loads at once take turns, of one source or of several', async () => {
  const small = `${header}1,a,1,2024-01-01\n1,b,1,2024-01-01\n`;
  const corrected = `${header}1,a,2,2024-01-01\n`;
  const [path, smallPath, correctedPath] = [
    await file('many.csv', many),
    await file('small.csv', small),
    await file('corrected.csv', corrected),
  ];
  const phases: LoadPhase[] = [];
  const onProgress = ({ phase }: { phase: LoadPhase }) => phases.push(phase);
  const [first, again, other, last] = await Promise.all([
    loadFile({ database, file: path, mapping: mapping('one'), onProgress }),
    loadFile({ database, file: path, mapping: mapping('one'), onProgress }),
    loadFile({ database, file: smallPath, mapping: mapping('two'), onProgress }),
    loadFile({ database, file: correctedPath, mapping: mapping('three'), onProgress }),
  ]);
  expect([first.inserted, again.inserted].sort()).toEqual([0, 60_000]);
  expect([other.inserted, last.inserted]).toEqual([2, 1]);
  expect(phases).toContain('waiting');
  expect(await count()).toBe(60_003);
});

test('readers see the state before while a load into a filled table is under way', async () => {
  await loadFile({ database, file: await file('many.csv', many), mapping: mapping('first') });
  const seen: Promise<number>[] = [];
  const onProgress = ({ phase }: { phase: LoadPhase }) => {
    if (phase === 'reading') seen.push(count());
  };
  await loadFile({ database, file: await file('many.csv', many), mapping: mapping('second'), onProgress });
  expect(new Set(await Promise.all(seen))).toEqual(new Set([60_000]));
  expect(await count()).toBe(120_000);
});
