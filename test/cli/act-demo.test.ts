// Holds that the demonstration acts with the people and products that were filled in, and never beside data of others.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actDemo } from '../../src/cli/act-demo.js';
import { systemClock } from '../../src/core/clock.js';
import { createLog } from '../../src/core/log.js';
import { createCollector } from '../../src/events/collect.js';
import { createDecoder } from '../../src/events/decode.js';
import { writeShop } from '../../src/simulator/write-shop.js';
import type { NewRecord } from '../../src/stream/event-log.js';
import { createLeases } from '../../src/warehouse/leases.js';
import { loadFile } from '../../src/warehouse/load/load-file.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

const shop = { seed: 1, customers: 300, products: 60, years: 0.3 };

let database: TestDatabase;
const lines: string[] = [];
const log = createLog({ level: 'info', plain: true, stream: { write: (line) => lines.push(line) } });

/** Starts to act into a log that only remembers. */
function start(signal: AbortSignal) {
  const sent: (NewRecord & { topic: string })[] = [];
  let tellFirst: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    tellFirst = resolve;
  });
  const collector = createCollector({
    log: {
      async append(topic, records) {
        sent.push(...records.map((record) => ({ ...record, topic })));
        tellFirst();
      },
    },
    topics: { behaviour: 'behaviour', measurement: 'measurement' },
    timeZone: 'UTC',
    clock: systemClock,
  });
  const leases = createLeases({ url: database.url, holder: 'test' });
  return {
    sent,
    first,
    ended: actDemo({ database, leases, clock: systemClock, log, collector, shop }, signal),
  };
}

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database?.close();
});

describe('the demonstration', () => {
  it('acts not at all in a warehouse that holds nothing', async () => {
    const { sent, ended } = start(new AbortController().signal);
    await ended;
    expect(sent).toEqual([]);
  });

  it('acts with the people and products of the warehouse, by events that can be read', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'flywheel-act-'));
    const { files } = await writeShop({ ...shop, until: new Date('2026-03-18T15:30:00Z'), directory });
    for (const { dataFile, mappingFile } of files) {
      await loadFile({ database, file: dataFile, mapping: JSON.parse(await readFile(mappingFile, 'utf8')) });
    }
    await rm(directory, { recursive: true });
    const end = new AbortController();
    const { sent, first, ended } = start(end.signal);
    await first;
    end.abort();
    await ended;

    const decode = createDecoder({ timeZone: 'UTC' });
    const events = sent.map(({ topic, value }) => {
      const decoded = decode({ value: Buffer.from(value ?? ''), headers: {} });
      if (!decoded.ok) throw new Error(decoded.reason);
      expect(decoded.event).toMatchObject({ kind: topic, source: 'simulated-shop' });
      return decoded.event;
    });
    expect(events.length).toBeGreaterThan(60);
    const acts = events.filter((event) => event.kind === 'behaviour');
    const codesOf = async (table: string) =>
      new Set((await database.pool.query(`SELECT code FROM ${table}`)).rows.map(({ code }) => code));
    const customers = await codesOf('dim_customer');
    const products = await codesOf('dim_product');
    const strangers = acts.filter(({ customer }) => customer !== null && !customers.has(customer));
    const unheardOf = acts.filter(({ product, lines: [line] }) => {
      const code = product ?? line?.product;
      return code !== undefined && !products.has(code);
    });
    expect([...strangers, ...unheardOf]).toEqual([]);
  });

  it('ends for good when something of another source comes in, and says so', async () => {
    const { first, ended } = start(new AbortController().signal);
    await first;
    expect(lines.join('')).not.toContain('another source');
    await database.pool.query(
      `INSERT INTO fact_measurement (source, event_id, value, occurred_at) VALUES ('data_stream', '1', 1, now())`,
    );
    await ended;
    expect(lines.join('')).toContain('data of another source came in');
    const again = start(new AbortController().signal);
    await again.ended;
    expect(again.sent).toEqual([]);
  });
});
