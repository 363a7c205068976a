// Holds that what comes in by events is learned once and in its order, whoever is killed on the way.

import { afterEach, expect, it } from 'vitest';
import { learnAnew } from '../../src/services/learning/consume.js';
import { examplesOf } from '../../src/services/learning/example-block.js';
import { readKnownOfMeetings } from '../../src/services/learning/known-of-meetings.js';
import { learners } from '../../src/services/learning/learners.js';
import { readyLearner } from '../../src/services/learning/ready-learner.js';
import { readBehind, readStates } from '../../src/warehouse/learner-states.js';
import { servicesInThreads } from '../support/gateway.js';
import type { TestDatabase } from '../support/postgres.js';
import { kill, openProcesses, type Processes } from './processes.js';
import { openSite, type Site } from './site.js';
import { describeOnBothLogs } from './topics.js';

const ready = learners.map(readyLearner);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How many examples each learner has learned, by name. */
async function learnedOf(database: TestDatabase): Promise<Readonly<Record<string, number>>> {
  const states = await readStates(database);
  return Object.fromEntries(states.map(({ learner, next }) => [learner, Number(next)]));
}

/** Resolves when they have learned so many. */
async function until(
  database: TestDatabase,
  isThere: (learned: Readonly<Record<string, number>>) => boolean,
): Promise<void> {
  while (!isThere(await learnedOf(database))) await pause(20);
}

/** Resolves when the learners have learned so many examples, and there are no more. */
async function learned(database: TestDatabase, wanted: Readonly<Record<string, number>>): Promise<void> {
  const keys = ready.map(({ key }) => key);
  const isDone = async () => {
    const there = await learnedOf(database);
    const reached = Object.entries(wanted).every(([name, count]) => (there[name] ?? 0) >= count);
    return reached && (await readBehind(database, keys)).every((behind) => behind === 0);
  };
  while (!(await isDone())) await pause(20);
  expect(await learnedOf(database)).toEqual(wanted);
}

/** All that is known, to the last bit. */
async function memories(database: TestDatabase): Promise<readonly string[]> {
  return (await readStates(database)).map(
    ({ learner, next, memory }) => `${learner} ${next} ${Buffer.from(memory.buffer).toString('hex')}`,
  );
}

describeOnBothLogs('what learners are told by events', (openTopics) => {
  let site: Site | undefined;
  let processes: Processes | undefined;
  afterEach(async () => {
    await site?.close();
    await processes?.close();
    site = undefined;
    processes = undefined;
  });

  it('is learned in the order in which it was sent, and once', { timeout: 60_000 }, async () => {
    // The service in a thread of the gateway, which may have to start first.
    const { LEARNING_URL } = servicesInThreads;
    site = await openSite(openTopics, { settings: { LEARNING_URL, FLYWHEEL_SERVICE_DEADLINE_MS: '30000' } });
    const { database, post } = site;
    const example = (at: number) =>
      `{"event":"example","id":"line-${at}","model":"line","features":[${10 + at},${11 + at}],"value":${4 + at}}`;
    for (const at of [0, 1, 2]) await post('/events', example(at), 'application/json');
    await learned(database, { line: 3 });
    await post('/events', [0, 1, 2].map(example).join('\n'), 'application/x-ndjson');
    const view = (id: string) => JSON.stringify({ event: 'view', id, user_id: 1, item_id: 2 });
    const bought = JSON.stringify({ event: 'purchase', id: 'p', user_id: 1, items: [2, 3].map(lineOf) });
    const events = [view('a'), bought, view('b'), view('a'), bought];
    await post('/events', events.join('\n'), 'application/x-ndjson');
    await learned(database, { line: 3, click: 2, purchase: 4 });
    expect(
      await site.ask('{ predict(model: "line", features: [15, 16]) { value examples degraded } }'),
    ).toEqual({
      predict: { value: expect.closeTo(19.29666937, 8), examples: 3, degraded: false },
    });
    const metrics = await (await fetch(`${site.url()}/metrics`)).text();
    expect(metrics).toContain('flywheel_examples_learned_total{learner="line"} 3\n');
    expect(metrics).toContain('flywheel_examples_waiting{learner="purchase"} 0\n');
    expect(metrics).toMatch(/^flywheel_examples_stored_bytes [1-9]\d*$/m);
  });

  it('comes with what was known before it, and with nothing that came later', {
    timeout: 60_000,
  }, async () => {
    site = await openSite(openTopics);
    const { database, post } = site;
    const day = (number: number) => `2026-01-${String(number).padStart(2, '0')}T12:00:00Z`;
    const bought = (id: string, price: number, timestamp: string) => ({
      event: 'purchase',
      id,
      price,
      timestamp,
    });
    const looked = { event: 'view', id: 'look', timestamp: day(10) };
    const steps = [
      [bought('first', 5, day(1))],
      [bought('last', 9, day(20))],
      [looked, bought('now', 7, day(11))],
    ];
    for (const [place, step] of steps.entries()) {
      const lines = step.map((event) => JSON.stringify({ ...event, user_id: 'c', item_id: 'p' }));
      await post('/events', lines.join('\n'), 'application/x-ndjson');
      await until(database, ({ purchase = 0 }) => purchase > place);
    }
    await learned(database, { click: 1, purchase: 4 });
    const { rows } = await database.pool.query<{ examples: string }>(
      `SELECT examples FROM example_block WHERE learner = 'purchase' ORDER BY first`,
    );
    const known = rows
      .flatMap(({ examples }) => examplesOf(examples, isCount))
      .map(({ features }) => features);
    const log = (value: number) => Math.round(1_000 * Math.log1p(value)) / 1_000;
    const one = { soldLately: log(1), boughtBefore: log(1) };
    expect(known).toEqual([
      { price: null, soldLately: 0, boughtBefore: 0 },
      { ...one, price: log(5) },
      // The purchase of the 20th was there when these came, and had not happened.
      { ...one, price: log(5) },
      { ...one, price: log(5) },
    ]);
  });

  it('is what a prediction about a customer and a product is made of', { timeout: 60_000 }, async () => {
    const { LEARNING_URL } = servicesInThreads;
    site = await openSite(openTopics, { settings: { LEARNING_URL, FLYWHEEL_SERVICE_DEADLINE_MS: '30000' } });
    const { database, post } = site;
    const meetings = [
      { customer: 'known', product: 'sold', at: '2026-03-07T17:45:00.123Z' },
      { customer: 'known', product: 'novelty', at: '2026-03-08T23:59:59.999Z' },
      { customer: 'newcomer', product: 'sold', at: '2026-03-10T00:00:00.000Z' },
    ];
    const sold = { event: 'purchase', user_id: 'known', item_id: 'sold' };
    const history = Array.from({ length: 40 }, (_, at) => ({
      ...(at % 4 === 0 ? sold : { event: at % 3 === 0 ? 'click' : 'view', user_id: at % 5, item_id: at % 7 }),
      id: `history-${at}`,
      price: at + 0.5,
      timestamp: 1_771_000_000 + at * 50_000,
    }));
    // As if it had happened already: it counts for those who come after it.
    const later = { ...sold, id: 'later', price: 99, timestamp: '2026-03-09T12:00:00Z' };
    const lines = [...history, later].map((event) => JSON.stringify(event));
    await post('/events', lines.join('\n'), 'application/x-ndjson');
    await learned(database, { click: 30, purchase: 41 });

    const { featuresOf } = learners.find(({ name }) => name === 'purchase') ?? {};
    const expected = [];
    for (const [place, { customer, product, at }] of meetings.entries()) {
      const meeting = { customer, product, atMs: Date.parse(at) };
      const known = await readKnownOfMeetings(database, [meeting], new AbortController().signal);
      expected.push(featuresOf?.(meeting, known(meeting)));
      const looked = {
        event: 'view',
        id: `look-${place}`,
        user_id: customer,
        item_id: product,
        timestamp: at,
      };
      await post('/events', JSON.stringify(looked), 'application/json');
      await learned(database, { click: 31 + place, purchase: 42 + place });
    }
    for (const { key, names, vectorOf } of ready.filter(({ declaration }) => declaration.featuresOf)) {
      const { rows } = await database.pool.query<{ examples: string }>(
        'SELECT examples FROM example_block WHERE learner = $1 ORDER BY first DESC LIMIT 3',
        [key.learner],
      );
      const stored = rows
        .reverse()
        .flatMap(({ examples }) => examplesOf(examples, (name) => names.includes(name)));
      expect(stored.map(({ features }) => features)).toEqual(expected);
      const query = `query ($model: String!, $features: [Float!], $about: PredictionSubject) {
        predict(model: $model, features: $features, about: $about) { value degraded }
      }`;
      const values = new Set();
      for (const [place, { features }] of stored.entries()) {
        // No number is missing but the price of what was never sold.
        const numbers = [...vectorOf({ ...features, price: features.price ?? 0 })];
        const byNumbers = await site.ask(query, { model: key.learner, features: numbers });
        const about = await site.ask(query, { model: key.learner, about: meetings[place] });
        if (features.price !== null) expect(about).toEqual(byNumbers);
        expect(about).toEqual({ predict: { value: expect.any(Number), degraded: false } });
        values.add(JSON.stringify(about));
      }
      expect(values.size).toBe(3);
    }
  });

  it('is the same to the last bit though its reader was killed again and again', {
    timeout: 120_000,
  }, async () => {
    processes = await openProcesses(openTopics, { LOG_LEVEL: 'info' });
    const { database, topics } = processes;
    const rounds = 3;
    const perRound = 6_000;
    let program = await processes.pipeline();
    for (let round = 0; round < rounds; round += 1) {
      const before = (await learnedOf(database)).click ?? 0;
      // Half of them come once more.
      const own = Array.from({ length: perRound }, (_, at) => visitOf(round * perRound + at));
      await topics.send(topics.behaviour, ...own, ...own.slice(perRound / 2));
      await until(database, ({ click = 0 }) => click > before);
      await kill(program);
      program = await processes.pipeline();
    }
    const unheardOf = { event: 'example', id: 'lost', model: 'curve', features: [1], value: 1 };
    await topics.send(topics.behaviour, unheardOf, ...turningLine('line'));
    const all = rounds * perRound;
    await learned(database, { click: all, purchase: all, line: 2_000 });
    await program.saying('an event is no example');
    await program.saying('the learner line saw a drift at example');
    program.interrupt();
    expect(await program.ended).toEqual({ code: 0, signal: null });
    const after = await memories(database);
    const known = await learnedOf(database);
    const own = ready.filter(({ key }) => known[key.learner] !== undefined);
    for (const learner of own) await learnAnew(database, learner);
    expect(await memories(database)).toEqual(after);
  });
});

const isCount = (feature: string) => ['price', 'soldLately', 'boughtBefore'].includes(feature);

const lineOf = (product: number) => ({ item_id: product, quantity: 1, price: 5 });

const visitOf = (at: number) => ({
  event: at % 7 === 0 ? 'click' : 'view',
  id: `visit-${at}`,
  user_id: at % 311,
  item_id: (at * 31) % 97,
  timestamp: 1_767_225_600 + at,
});

/** What was true of the first half is not of the second. */
const turningLine = (model: string) =>
  Array.from({ length: 2_000 }, (_, at) => ({
    event: 'example',
    model,
    id: `turn-${at}`,
    features: { x1: 1, x2: 0 },
    value: at < 1_000 ? 1 + (at % 2) / 10 : 50 * (at % 2),
    timestamp: 1_767_225_600 + at,
  }));
