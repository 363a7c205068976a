// The books after the torture: the warehouse beside what was sent, windows and learners beside the facts, topics beside all.

import { pause } from '../../src/core/pause.js';
import { readDeadLetter } from '../../src/events/dead-letter.js';
import type { Batch, EventLog } from '../../src/stream/event-log.js';
import type { Database } from '../../src/warehouse/database.js';
import { countOutbox } from '../../src/warehouse/stream/outbox-pages.js';
import { type Counts, readPositions } from '../../src/warehouse/stream/positions.js';
import type { Expected } from './plan.js';
import { countExamplesWaiting, findLearningDisagreements } from './verify-learning.js';
import { findWindowDisagreements } from './verify-windows.js';

export type Tally = Counts & {
  readonly events: number;
  readonly measurements: number;
  readonly sales: number;
};

const caughtUpTimeoutMs = 600_000;

/** Resolves when everything of these topics is in the warehouse, and the outbox is empty. */
export async function awaitCaughtUp(
  database: Database,
  log: EventLog,
  topics: readonly string[],
): Promise<void> {
  const deadlineMs = performance.now() + caughtUpTimeoutMs;
  for (;;) {
    const behind = await stillBehind(database, log, topics).catch((error: unknown) => String(error));
    if (behind === undefined) return;
    if (performance.now() > deadlineMs) throw new Error(`It does not catch up: ${behind}`);
    await pause(200);
  }
}

async function stillBehind(
  database: Database,
  log: EventLog,
  topics: readonly string[],
): Promise<string | undefined> {
  const positions = await readPositions(database);
  for (const range of (await Promise.all(topics.map((topic) => log.ends(topic)))).flat()) {
    const position = positions.find(
      ({ topicId, partition }) => topicId === range.topicId && partition === range.partition,
    );
    const next = position?.nextOffset ?? 0n;
    // Kafka has places that hold no record, so a partition may end behind its last one.
    if (next < range.end) return `${range.topic}/${range.partition} is at ${next} of ${range.end}.`;
  }
  const waiting = await countOutbox(database);
  const { rows } = await database.pool.query('SELECT count(*)::int AS changes FROM live_change');
  const examples = await countExamplesWaiting(database);
  return waiting + rows[0].changes + examples === 0
    ? undefined
    : `${waiting} messages, ${rows[0].changes} changed windows and ${examples} examples wait.`;
}

interface Books {
  readonly events: readonly { readonly id: string; readonly type: string }[];
  readonly measurements: readonly string[];
  readonly eventValue: string;
  readonly measurementValue: string;
  readonly sales: number;
  readonly amount: string;
  readonly gaps: number;
}

async function readBooks({ pool }: Database): Promise<Books> {
  const events = await pool.query('SELECT event_id AS id, type FROM fact_event');
  const measurements = await pool.query('SELECT event_id AS id FROM fact_measurement');
  const { rows } = await pool.query(`
    SELECT (SELECT coalesce(sum(value) * 1000, 0)::bigint FROM fact_event) AS event_value,
      (SELECT coalesce(sum(value) * 1000, 0)::bigint FROM fact_measurement) AS measurement_value,
      (SELECT count(*)::int FROM fact_sales) AS sales,
      (SELECT coalesce(sum(amount) * 1000, 0)::bigint FROM fact_sales) AS amount,
      (SELECT count(*)::int FROM (
        SELECT FROM fact_sales GROUP BY source, invoice HAVING max(line) <> count(*) OR min(line) <> 1
      ) AS invoice) AS gaps`);
  const [sums] = rows;
  return {
    events: events.rows,
    measurements: measurements.rows.map(({ id }) => id),
    eventValue: sums.event_value,
    measurementValue: sums.measurement_value,
    sales: sums.sales,
    amount: sums.amount,
    gaps: sums.gaps,
  };
}

const decisionsTopic = 'flywheel.decisions';

/** Everything that is not as it must be, as sentences. */
export async function findDisagreements(
  database: Database,
  log: EventLog,
  expected: Expected,
  topics: { readonly deadLetters: string; readonly results: string },
): Promise<{ readonly tally: Tally; readonly disagreements: readonly string[] }> {
  const books = await readBooks(database);
  const positions = await readPositions(database);
  const sum = (name: keyof Counts) => positions.reduce((total, { counts }) => total + counts[name], 0);
  const tally: Tally = {
    accepted: sum('accepted'),
    repeated: sum('repeated'),
    dead: sum('dead'),
    late: sum('late'),
    unpriced: sum('unpriced'),
    events: books.events.length,
    measurements: books.measurements.length,
    sales: books.sales,
  };
  const places = positions.reduce((total, { nextOffset }) => total + Number(nextOffset), 0);
  const found: string[] = [];
  const compare = (what: string, is: unknown, mustBe: unknown) => {
    if (String(is) !== String(mustBe)) found.push(`${what}: ${is} instead of ${mustBe}.`);
  };
  compare('Events', books.events.length, expected.behaviours.size);
  const strange = books.events.filter(({ id, type }) => expected.behaviours.get(id) !== type);
  compare('Events of another kind than was sent', strange.length, 0);
  compare('Distinct events', new Set(books.events.map(({ id }) => id)).size, expected.behaviours.size);
  compare('Measurements', books.measurements.length, expected.measurements.size);
  compare('Distinct measurements', new Set(books.measurements).size, expected.measurements.size);
  compare('Sum of the events', books.eventValue, expected.behaviourValue);
  compare('Sum of the measurements', books.measurementValue, expected.measurementValue);
  compare('Lines of sales', books.sales, expected.saleLines);
  compare('Amount of the sales', books.amount, expected.saleAmount);
  compare('Invoices with gaps', books.gaps, 0);
  // What the pipelines decide by themselves meanwhile comes in by a topic of its own.
  const decided = positions.reduce(
    (total, { topic, counts }) => total + (topic === decisionsTopic ? counts.accepted : 0),
    0,
  );
  const sent = expected.behaviours.size + expected.measurements.size;
  compare('Accepted records', tally.accepted - decided, sent);
  compare('Purchases without a price', tally.unpriced, 0);
  // With the log in PostgreSQL every place holds a record, with Kafka so it is here, where no transaction writes.
  compare('Records in all', tally.accepted + tally.repeated + tally.dead, places);
  found.push(...(await findGarbageDisagreements(log, topics.deadLetters, expected.garbage)));
  found.push(...(await findWindowDisagreements(database, log, topics.results)));
  found.push(...(await findLearningDisagreements(database, expected)));
  return { tally, disagreements: found };
}

async function findGarbageDisagreements(
  log: EventLog,
  topic: string,
  garbage: ReadonlySet<string>,
): Promise<readonly string[]> {
  const found: string[] = [];
  const letters = (await readAll(log, topic)).flatMap(({ records }) => records);
  const bodies = new Set<string>();
  for (const record of letters) {
    const letter = readDeadLetter(record);
    if (letter === undefined) found.push('A dead letter cannot be read.');
    else bodies.add(Buffer.from(letter.original.value ?? '').toString('latin1'));
  }
  const missing = [...garbage].filter((bytes) => !bodies.has(bytes)).length;
  if (missing > 0)
    found.push(`${missing} of ${garbage.size} unreadable records are not among the dead letters.`);
  if (bodies.size > garbage.size) found.push(`${bodies.size - garbage.size} dead letters were never sent.`);
  return found;
}

/** Everything that a topic holds now. */
export async function readAll(log: EventLog, topic: string): Promise<readonly Batch[]> {
  const missing = new Map(
    (await log.ends(topic)).flatMap(({ partition, start, end }) =>
      start === end ? [] : [[partition, end] as const],
    ),
  );
  const batches: Batch[] = [];
  if (missing.size === 0) return batches;
  await new Promise<void>((resolve, reject) => {
    const tail = log.tail({
      topics: [topic],
      from: new Map(),
      elsewhere: 'start',
      handle(batch) {
        batches.push(batch);
        if (batch.nextOffset >= (missing.get(batch.partition) ?? 0n)) missing.delete(batch.partition);
        if (missing.size === 0) void tail.then((opened) => opened.close()).then(resolve, reject);
      },
    });
    tail.catch(reject);
  });
  return batches;
}
