import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWarehouse, type Warehouse } from '../../src/warehouse/embedded-postgres.js';
import { isAlive } from '../../src/warehouse/postgres-cluster.js';
import { onServer } from '../support/test-server.js';

describe('embedded PostgreSQL', () => {
  let dataDir: string;
  let opened: Warehouse[];
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'flywheel-embedded-'));
    await chmod(dataDir, 0o755);
    opened = [];
  });
  afterEach(async () => {
    for (const warehouse of opened) await warehouse.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function open(folder = dataDir): Promise<Warehouse> {
    const warehouse = await openWarehouse({
      dataDir: folder,
      settings: { fsync: 'off', shared_buffers: '16MB' },
    });
    opened.push(warehouse);
    return warehouse;
  }

  async function serverPid(folder = dataDir): Promise<number> {
    const file = join(folder, 'postgres', 'cluster', 'data', 'postmaster.pid');
    return Number((await readFile(file, 'utf8')).split('\n')[0]);
  }

  const ask = (url: string, text: string) =>
    onServer(url, async (client) => (await client.query<Record<string, unknown>>(text)).rows);

  it('sorts by code point, folds case in Unicode, and keeps time in UTC', async () => {
    const { url, embedded } = await open();
    expect(embedded).toBe(true);
    const [row] = await ask(
      url,
      `SELECT (SELECT string_agg(word, ' ' ORDER BY word) FROM unnest(ARRAY['ä', 'z', 'B', 'a']) AS word) AS sorted,
              lower('ÄÖ') AS lower, current_setting('TimeZone') AS zone, current_setting('server_encoding') AS encoding`,
    );
    expect(row).toEqual({ sorted: 'B a z ä', lower: 'äö', zone: 'UTC', encoding: 'UTF8' });
  });

  it('listens on 127.0.0.1 alone, with a password that only its owner can read', async () => {
    const { url } = await open();
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(ask(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    const { mode } = await stat(join(dataDir, 'postgres', 'cluster', 'password'));
    expect(mode & 0o077).toBe(0);
    expect(await ask(url, `SELECT current_setting('listen_addresses') AS addresses`)).toEqual([
      { addresses: '127.0.0.1' },
    ]);
  });

  it('is shared by all of a data folder, and stops with the last of them', async () => {
    const [first, second] = await Promise.all([open(), open()]);
    const third = await open();
    expect(new Set([first.url, second.url, third.url]).size).toBe(1);
    const pid = await serverPid();
    await first.close();
    await first.close();
    await third.close();
    expect(await ask(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.close();
    expect(isAlive(pid)).toBe(false);
  });

  it('gives every data folder a server and a password of its own', async () => {
    const other = await mkdtemp(join(tmpdir(), 'flywheel-embedded-'));
    await chmod(other, 0o755);
    const [one, two] = [await open(), await open(other)];
    expect(new URL(one.url).port).not.toBe(new URL(two.url).port);
    expect(new URL(one.url).password).not.toBe(new URL(two.url).password);
    await two.close();
    await rm(other, { recursive: true });
  });

  it('keeps its data and its port from one start to the next', async () => {
    const first = await open();
    await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS seven');
    await first.close();
    const second = await open();
    expect(second.url).toBe(first.url);
    expect(await ask(second.url, 'SELECT seven FROM kept')).toEqual([{ seven: 7 }]);
  });

  it('takes another port when its own has been taken', async () => {
    const first = await open();
    await first.close();
    const port = Number(new URL(first.url).port);
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(port, '127.0.0.1', resolve));
    const second = await open();
    expect(new URL(second.url).port).not.toBe(String(port));
    await new Promise((resolve) => occupant.close(resolve));
  });

  it('starts again by itself when the server is killed', async () => {
    const { url } = await open();
    process.kill(await serverPid(), 'SIGKILL');
    await expect
      .poll(() => ask(url, 'SELECT 1 AS one').catch(() => undefined), { timeout: 20_000 })
      .toEqual([{ one: 1 }]);
  });

  it('keeps its port when several of its users start it again at once', async () => {
    const [{ url } = { url: '' }] = await Promise.all([open(), open(), open(), open()]);
    for (let kill = 0; kill < 4; kill += 1) {
      process.kill(await serverPid(), 'SIGKILL');
      await expect
        .poll(() => ask(url, 'SELECT 1 AS one').catch(() => undefined), { timeout: 20_000 })
        .toEqual([{ one: 1 }]);
    }
  });

  it('starts on a lock file whose process id belongs to another program by now', async () => {
    const first = await open();
    const lockFile = join(dataDir, 'postgres', 'cluster', 'data', 'postmaster.pid');
    const lines = (await readFile(lockFile, 'utf8')).split('\n');
    await first.close();
    // This process is alive, and is no PostgreSQL.
    await writeFile(lockFile, [String(process.pid), ...lines.slice(1)].join('\n'));
    const second = await open();
    expect(await ask(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('forgets the beginning of a set-up that was killed', async () => {
    const unfinished = join(dataDir, 'postgres', 'unfinished-999999999-abc');
    await mkdir(join(unfinished, 'data'), { recursive: true });
    await writeFile(join(unfinished, 'data', 'PG_VERSION'), '18\n');
    const { url } = await open();
    expect(await ask(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(stat(unfinished)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.runIf(process.getuid?.() === 0)(
    'runs for root in a folder that only root may enter',
    async (context) => {
      await chmod(dataDir, 0o700);
      const first = await open().catch((error: unknown) => {
        // Containers may forbid what this needs; then the refusal must say what to do.
        expect(error).toMatchObject({
          code: 'UNAVAILABLE',
          message: expect.stringContaining('everybody may enter'),
        });
        return context.skip('user namespaces are not allowed here');
      });
      await ask(first.url, 'CREATE TABLE kept AS SELECT 7 AS seven');
      await first.close();
      const second = await open();
      expect(await ask(second.url, 'SELECT seven FROM kept')).toEqual([{ seven: 7 }]);
    },
  );

  it('says in one sentence that a folder cannot be written to', async () => {
    const blocker = join(dataDir, 'a-file');
    await writeFile(blocker, '');
    await expect(open(blocker)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('FLYWHEEL_DATA_DIR'),
    });
  });

  it('says what PostgreSQL said when it does not start', async () => {
    const failure = openWarehouse({ dataDir, settings: { shared_buffers: 'plenty' } });
    await expect(failure).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/shared_buffers.*postgres\.log/s),
    });
  });

  it('leaves a server of the user alone', async () => {
    const { url } = await open();
    const own = await openWarehouse({ databaseUrl: url, dataDir: join(dataDir, 'unused') });
    expect(own).toMatchObject({ url, embedded: false });
    await own.close();
    expect(await ask(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(stat(join(dataDir, 'unused'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
