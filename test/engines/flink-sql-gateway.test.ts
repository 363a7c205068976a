// Holds that statements at a real SQL gateway give their rows, or one sentence that says why not.

import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../../src/core/listen.js';
import { causeOf } from '../../src/engines/flink/cause.js';
import { createFlinkRest } from '../../src/engines/flink/rest.js';
import { createSqlGateway, type FlinkSession, type SqlGateway } from '../../src/engines/flink/sql-gateway.js';
import { describeWithFlink, flinkStartTimeoutMs, type OwnFlink, startOwnFlink } from '../support/flink.js';

const { signal } = new AbortController();
const batch = { 'execution.runtime-mode': 'batch' };

describeWithFlink('the SQL gateway of Flink', () => {
  let flink: OwnFlink;
  let gateway: SqlGateway;
  beforeAll(async () => {
    flink = await startOwnFlink();
    gateway = createSqlGateway({ url: `${flink.sqlGateway}/` });
  }, flinkStartTimeoutMs);
  afterAll(async () => {
    await flink?.close();
  });
  const inBatch = <T>(work: (session: FlinkSession) => Promise<T>) =>
    gateway.inSession({ settings: batch, signal }, work);

  it('gives the rows of a query', { timeout: 240_000 }, async () => {
    const result = await inBatch((session) =>
      session.run(`SELECT n, CAST(CAST('12345678901234567.891' AS DECIMAL(38, 3)) AS STRING) AS amount, CAST(NULL AS STRING) AS nothing
        FROM (VALUES (1), (2)) AS given (n) ORDER BY n`),
    );
    expect(result).toEqual({
      jobId: expect.stringMatching(/^[0-9a-f]{32}$/),
      columns: [
        { name: 'n', type: 'INTEGER' },
        { name: 'amount', type: 'VARCHAR' },
        { name: 'nothing', type: 'VARCHAR' },
      ],
      rows: [
        [1, '12345678901234567.891', null],
        [2, '12345678901234567.891', null],
      ],
    });
  });

  it('takes as many rows as it is told', { timeout: 240_000 }, async () => {
    const numbers = `CREATE TABLE numbers (n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '12000')`;
    await inBatch(async (session) => {
      await session.run(numbers);
      expect((await session.run('SELECT n FROM numbers')).rows).toHaveLength(12_000);
      await expect(session.run('SELECT n FROM numbers', { rowsMax: 11_999 })).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
        message: 'Flink has more than 11999 rows for one question; ask for fewer.',
      });
    });
  });

  it.each([
    ['SELECT', 'Encountered "<EOF>" at line 1, column 6.'],
    ['SELECT nobody', "Column 'nobody' not found in any table"],
    ['SELECT 1 / 0', 'Division by zero'],
    [`SELECT * FROM nowhere`, "Object 'nowhere' not found"],
  ])('says in one line why it refuses %s', { timeout: 240_000 }, async (statement, cause) => {
    await expect(inBatch((session) => session.run(statement))).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: `Flink refuses a statement: ${cause}`,
    });
  });

  it('cancels a query that takes too long, or that nobody waits for', { timeout: 240_000 }, async () => {
    const settings = { 'pipeline.name': 'endless' };
    const over = new AbortController();
    await gateway.inSession({ settings, signal: over.signal }, async (session) => {
      await session.run(
        `CREATE TABLE numbers (n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')`,
      );
      const endless = `SELECT n FROM numbers WHERE n IS NULL`;
      await expect(session.run(endless, { timeoutMs: 3_000 })).rejects.toMatchObject({
        code: 'TIMEOUT',
        message: 'Flink has not done a statement within 3000 ms.',
      });
      const waiting = session.run(endless);
      over.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    });
    const rest = createFlinkRest({ url: flink.rest });
    const isAnyLeft = async () => (await rest.jobs(signal)).some(({ state }) => state === 'RUNNING');
    await expect.poll(isAnyLeft, { timeout: 20_000 }).toBe(false);
  });

  it('says when a session is over', { timeout: 240_000 }, async () => {
    await inBatch(async (session) => {
      await flink.killGateway();
      await expect(session.run('SELECT 1')).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: `Flink's SQL gateway cannot be reached at ${flink.sqlGateway}; see that it runs, and that FLINK_SQL_GATEWAY is its address.`,
      });
      await flink.startGateway();
      await expect(session.run('SELECT 1')).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: "A session at Flink's SQL gateway ended before its work did; ask again.",
      });
    });
    await expect(gateway.check(signal)).resolves.toBeUndefined();
  });

  it('says when something else answers', async () => {
    await expect(createSqlGateway({ url: flink.rest }).check(signal)).rejects.toThrow(
      'What answers at FLINK_SQL_GATEWAY is not the SQL gateway of Flink.',
    );
    await expect(createFlinkRest({ url: flink.sqlGateway }).jobs(signal)).rejects.toThrow();
  });
});

describe('a Flink that does not answer', () => {
  it('is given up', async () => {
    const silent = createServer(() => {});
    const url = await listen(silent, { host: '127.0.0.1', port: 0 }, { host: 'HOST', port: 'PORT' });
    await expect(createSqlGateway({ url }).check(signal)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: `Flink's SQL gateway at ${url} has not answered within 3000 ms; see that it runs, and that FLINK_SQL_GATEWAY is its address.`,
    });
    const over = new AbortController();
    const asked = createFlinkRest({ url }).jobs(over.signal);
    over.abort();
    await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' });
    silent.closeAllConnections();
    silent.close();
  });
});

describe('the cause in a trace', () => {
  it.each([
    ['a.b.C: one\n\tat x\nCaused by: d.E: two\n\t... 3 more\nCaused by: f.G: three\nmore', 'three', 'G'],
    ['Caused by: f.G$H', 'G$H', 'G$H'],
    ['<Exception on server side:\norg.a.NotFound: no such job\n\tat x', 'no such job', 'NotFound'],
    ['Unable to load it.', 'Unable to load it.', ''],
    [`Caused by: a.B: ${'x'.repeat(400)}`, `${'x'.repeat(300)}…`, 'B'],
    ['', '', ''],
  ])('is the last of %j', (trace, line, kind) => {
    expect(causeOf(trace)).toEqual({ line, kind });
  });
});
