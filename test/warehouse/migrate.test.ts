import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '../../src/warehouse/migrate.js';
import { findMigrationDrift, writeMigration } from '../../src/warehouse/migration-drift.js';
import { prismaFolder, readMigrations } from '../../src/warehouse/migration-files.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

describe('migrate', () => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await createTestDatabase({ empty: true });
    folder = await mkdtemp(join(tmpdir(), 'flywheel-migrations-'));
    await cp(join(prismaFolder, 'migrations'), join(folder, 'migrations'), { recursive: true });
    await cp(join(prismaFolder, 'schema.prisma'), join(folder, 'schema.prisma'));
  });
  afterAll(async () => {
    await database.close();
    await rm(folder, { recursive: true });
  });

  async function addMigration(name: string, script: string): Promise<void> {
    await mkdir(join(folder, 'migrations', name));
    await writeFile(join(folder, 'migrations', name, 'migration.sql'), script);
  }

  it('applies every migration once, however many start at once', async () => {
    const names = (await readMigrations()).migrationDirectories.map((migration) => migration.path);
    const runs = await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
    expect(runs.flat()).toEqual(names);
    expect(await migrate(database.url)).toEqual([]);
    await expect(database.prisma.sale.count()).resolves.toBe(0);
  });

  it('keeps the table of `prisma migrate`, checksums included', async () => {
    const { rows } = await database.pool.query(
      'SELECT migration_name, length(checksum) AS length, finished_at IS NOT NULL AS finished FROM _prisma_migrations',
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row).toMatchObject({ length: 64, finished: true });
  });

  it('agrees with the schema of this repository', async () => {
    expect(await findMigrationDrift(database.url)).toBeUndefined();
  });

  it('writes the migration that a changed schema needs, and applies it', async () => {
    const path = join(folder, 'schema.prisma');
    await writeFile(
      path,
      `${await readFile(path, 'utf8')}\nmodel Shelf {\n  id Int @id\n  label String @unique\n}\n`,
    );
    expect(await findMigrationDrift(database.url, folder)).toContain('CREATE TABLE "Shelf"');
    const written = await writeMigration(database.url, 'shelves', folder, new Date('2099-01-02T03:04:05Z'));
    expect(written).toBe(join(folder, 'migrations', '20990102030405_shelves', 'migration.sql'));
    expect(await findMigrationDrift(database.url, folder)).toBeUndefined();
    expect(await writeMigration(database.url, 'nothing', folder)).toBeUndefined();
    expect(await migrate(database.url, folder)).toEqual(['20990102030405_shelves']);
  });

  it('gives examples whose places begin late the places from 0 on, and lets their learners begin anew', async () => {
    const another = await createTestDatabase({ empty: true });
    const earlier = join(folder, 'earlier');
    await cp(join(prismaFolder, 'migrations'), join(earlier, 'migrations'), {
      recursive: true,
      filter: (path) => !(/_example_places$/.test(path) || path.includes('/2099')),
    });
    await migrate(another.url, earlier);
    await another.pool.query(`
      INSERT INTO example_sequence VALUES ('well', 5), ('ahead', 730), ('empty', 9);
      INSERT INTO learner_state VALUES ('well', 1, 5, ''), ('ahead', 1, 0, ''), ('empty', 1, 9, '');
      INSERT INTO example_block VALUES ('well', 0, 5, 'a'), ('ahead', 723, 4, 'b'), ('ahead', 727, 3, 'c')`);
    await migrate(another.url);
    const { rows } = await another.pool.query(`
      SELECT learner, first, examples, next, memory IS NOT NULL AS known
      FROM example_block FULL JOIN example_sequence USING (learner) FULL JOIN learner_state USING (learner, next)
      ORDER BY learner, first`);
    expect(rows).toEqual([
      { learner: 'ahead', first: '0', examples: 'b', next: '7', known: false },
      { learner: 'ahead', first: '4', examples: 'c', next: '7', known: false },
      { learner: 'well', first: '0', examples: 'a', next: '5', known: true },
    ]);
    await another.close();
  });

  it('leaves no timer behind that would keep a command from ending', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const another = await createTestDatabase({ empty: true });
    const before = timers();
    expect(await migrate(another.url)).not.toEqual([]);
    expect(timers()).toBeLessThanOrEqual(before);
    await another.close();
  });

  it('leaves no database of its own behind', async () => {
    const { rows } = await database.pool.query(
      `SELECT datname FROM pg_database WHERE datname LIKE 'flywheel\\_shadow\\_${process.pid}\\_%'`,
    );
    expect(rows).toEqual([]);
  });

  it('runs a function body with semicolons as one statement', async () => {
    await addMigration(
      '20990103000000_function',
      'CREATE FUNCTION add_one(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN n := n + 1; RETURN n; END $$;',
    );
    await migrate(database.url, folder);
    const { rows } = await database.pool.query('SELECT add_one(41) AS answer');
    expect(rows).toEqual([{ answer: 42 }]);
  });

  it('applies a migration wholly or not at all, and says why in one sentence', async () => {
    await addMigration('20990104000000_broken', 'CREATE TABLE half_done (id int);\nSELECT 1 / 0;');
    const failure = await migrate(database.url, folder).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('20990104000000_broken'),
    });
    const { rows } = await database.pool.query(`SELECT to_regclass('half_done') AS name`);
    expect(rows).toEqual([{ name: null }]);
  });

  it('names the address, never the password, of a server that does not answer', async () => {
    const failure = await migrate('postgresql://someone:secret@127.0.0.1:1/shop').catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('127.0.0.1:1/shop'),
    });
    expect(String(failure)).not.toContain('secret');
  });
});
