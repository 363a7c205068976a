// Holds that windows which Flink keeps are those that the facts give, whatever becomes of Flink meanwhile.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithFlink, flinkStartTimeoutMs, type OwnFlink, startOwnFlink } from '../support/flink.js';
import { startGateway } from '../support/gateway.js';
import { sharedKafka } from '../support/kafka.js';
import { launcher, runProgram } from '../support/program.js';
import { describeWhenAsked } from '../support/when-asked.js';
import { confirmed, disagreements, generationsOf, published, repeatAll, taken } from './flink-books.js';
import { openSite, type Site } from './site.js';
import { openKafkaTopics } from './topics.js';

const timeout = 240_000;
const minuteMs = 60_000;
/** The beginning of a minute of some time ago. */
const begin = Math.floor(Date.now() / minuteMs) * minuteMs - 30 * minuteMs;
const at = (seconds: number) => new Date(begin + seconds * 1_000).toISOString();

describeWhenAsked(describeWithFlink, 'windows on Flink', () => {
  let flink: OwnFlink;
  let site: Site;
  let folder: string;
  let sent = 0;
  beforeAll(async () => {
    await sharedKafka();
    flink = await startOwnFlink();
    folder = await mkdtemp(join(tmpdir(), 'flywheel-flink-'));
    site = await openSite(openKafkaTopics, {
      settings: { FLINK_SQL_GATEWAY: flink.sqlGateway, FLINK_REST: flink.rest },
    });
  }, flinkStartTimeoutMs);
  afterAll(async () => {
    await site?.close();
    await flink?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  async function send(topic: string, ...values: readonly (object | string)[]): Promise<void> {
    await site.topics.send(topic, ...values);
    sent += values.length;
  }

  async function law(): Promise<void> {
    await taken(site, sent);
    await confirmed(site);
    expect(await disagreements(site)).toEqual([]);
  }

  const crowd = (from: number) =>
    send(
      site.topics.behaviour,
      ...Array.from({ length: 500 }, (_, place) => ({
        event: place % 3 === 0 ? 'click' : 'view',
        id: `crowd ${from + place}`,
        user_id: place % 40,
        item_id: place % 7,
        timestamp: at(1_210 + (place % 90)),
      })),
    );

  it('tell a running count per customer, as the events come', { timeout }, async () => {
    const counts = site.follow('metric: EVENTS, every: ALL, by: [CUSTOMER]');
    const act = (id: string, customer: number) =>
      send(site.topics.behaviour, { event: 'view', id, user_id: customer, item_id: 1, timestamp: at(1) });
    await act('a', 1);
    await act('b', 2);
    await act('c', 1);
    // An event that comes twice counts once, and one that is none is set aside before Flink sees it.
    await act('a', 1);
    await send(site.topics.behaviour, 'this is no event');
    await taken(site, sent);
    await confirmed(site);
    await counts.until((received) =>
      received.some(({ keys, value }) => keys[0]?.value === '1' && value === 2),
    );
    await counts.until((received) =>
      received.some(({ keys, value }) => keys[0]?.value === '2' && value === 1),
    );
    expect(counts.received.every(({ final }) => final === false)).toBe(true);
  });

  it('are final with all that came in time, in whatever form its time is written', { timeout }, async () => {
    const minutes = site.follow(
      'metric: EVENTS, every: MINUTE, by: [EVENT_TYPE], filter: { eventType: { equals: "form" } }',
    );
    const form = (id: string, timestamp: string | number) =>
      send(site.topics.behaviour, { event: 'form', id, user_id: 3, timestamp });
    const second = begin / 1_000 + 1;
    await form('iso', at(1));
    await form(
      'sql',
      at(1)
        .replace('T', ' ')
        .replace(/\.000Z$/, ''),
    );
    await form('zone', at(1).replace('Z', '+00:00'));
    await form('ms', second * 1_000);
    await form('s', second);
    for (const [place, value] of [1.5, 2, -3].entries()) {
      await send(site.topics.measurement, {
        device_id: 'd',
        sensor: 'x',
        value,
        id: `m${place}`,
        timestamp: at(place),
      });
    }
    // What is read later than that would be late.
    await taken(site, sent);
    // One partition has it, the others have nothing: that holds nothing up.
    await send(site.topics.behaviour, { event: 'view', id: 'later', user_id: 4, timestamp: at(1_200) });
    await taken(site, sent);
    await confirmed(site);
    await minutes.until((received) => received.some(({ final, value }) => final === true && value === 5));
    expect(minutes.received.filter(({ final }) => final === true).every(({ value }) => value === 5)).toBe(
      true,
    );
  });

  it('hold the law together with what comes too late for them', { timeout }, async () => {
    const buy = (id: string, seconds: number) =>
      send(site.topics.behaviour, {
        event: 'purchase',
        id,
        user_id: 5,
        timestamp: at(seconds),
        items: [{ product_id: 'lamp', quantity: 2, price: 10.5 }],
      });
    await buy('in time', 1_201);
    await buy('too late', 61);
    await law();
    const { rows } = await site.database.pool.query(
      `SELECT count(*)::int AS count FROM live_partial WHERE late AND cut LIKE 'Sale/MINUTE/%'`,
    );
    expect(rows[0]?.count).toBeGreaterThan(0);
  });

  it('count once what the relay sends twice', { timeout }, async () => {
    const topics = ['event', 'sale', 'measurement'].map(
      (fact) => `${site.topics.settings.FLYWHEEL_TOPIC_FACTS}.${fact}`,
    );
    for (const topic of topics) expect(await repeatAll(site, topic)).toBeGreaterThan(0);
    // More of each, so that what the repeats are in is counted and said.
    await crowd(5_000);
    await law();
  });

  it('count on where they were when the task manager is killed', { timeout }, async () => {
    await crowd(0);
    await flink.killTaskManager();
    await crowd(500);
    await flink.startTaskManager();
    await crowd(1_000);
    const before = await generationsOf(site.database);
    await law();
    expect(await generationsOf(site.database)).toEqual(before);
  });

  it('go on from a savepoint when what is declared has changed', { timeout }, async () => {
    const fingerprints = async () => {
      const { rows } = await site.database.pool.query(
        'SELECT name, fingerprint FROM engine_job ORDER BY name',
      );
      return rows;
    };
    const [before, jobs] = [await generationsOf(site.database), await fingerprints()];
    await site.stop();
    const settings = {
      ...site.topics.settings,
      FLINK_SQL_GATEWAY: flink.sqlGateway,
      FLINK_REST: flink.rest,
      FLYWHEEL_GRACE_MS: '61000',
    };
    const gateway = await startGateway(site.database, settings, ['gateway', 'pipeline']);
    await crowd(2_000);
    await law();
    const after = await fingerprints();
    expect(after).toHaveLength(3);
    expect(after.every(({ fingerprint }, place) => fingerprint !== jobs[place]?.fingerprint)).toBe(true);
    expect(await generationsOf(site.database)).toEqual(before);
    await gateway.close();
    await site.start('gateway', 'pipeline');
  });

  it('begin anew when a file changes facts', { timeout }, async () => {
    const before = await generationsOf(site.database);
    // Within the time for which minutes are kept.
    const day = at(0).slice(0, 10);
    const mapping = join(folder, 'map.json');
    const file = join(folder, 'sales.csv');
    await writeFile(
      mapping,
      JSON.stringify({
        model: 'Sale',
        source: 'books',
        fields: { invoice: 'sale', product: 'product', amount: 'amount', soldAt: 'date' },
      }),
    );
    await writeFile(file, `sale,product,amount,date\n1,lamp,1200,${day}\n2,tin,0.5,${day}\n`);
    const revenue = site.follow('metric: REVENUE, every: ALL');
    const args = [launcher, 'load', file, '--mapping', mapping];
    const program = runProgram(process.execPath, args, { env: { DATABASE_URL: site.database.url } });
    expect((await program.ended).code, program.said()).toBe(0);
    await law();
    await revenue.until((received) => received.at(-1)?.value === 1_242.5);
    const after = await generationsOf(site.database);
    const changed = after.filter((row, place) => row.generation !== before[place]?.generation);
    expect(changed.map(({ fact }) => fact)).toEqual(['Sale']);
  });

  it('are kept by the pipelines again when Flink is left out, and taken over once more', {
    timeout,
  }, async () => {
    const before = await generationsOf(site.database);
    await site.stop();
    const gateway = await startGateway(site.database, site.topics.settings, ['gateway', 'pipeline']);
    await send(site.topics.behaviour, { event: 'view', id: 'without', user_id: 1, timestamp: at(1_300) });
    await taken(site, sent);
    await published(site);
    expect(await disagreements(site)).toEqual([]);
    expect(await generationsOf(site.database)).toEqual([]);
    await gateway.close();
    await site.restart();
    await send(site.topics.behaviour, { event: 'view', id: 'with', user_id: 1, timestamp: at(1_301) });
    await law();
    const highest = Math.max(...before.map(({ generation }) => generation));
    expect((await generationsOf(site.database)).every(({ generation }) => generation > highest)).toBe(true);
  });
});
