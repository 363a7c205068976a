// A warehouse into which events and decisions are written in batches, and settled when a test says so.

import { type Decision, decodeDecision, recordOf, withId } from '../../../src/events/decision.js';
import { createDecoder } from '../../../src/events/decode.js';
import { noteTouches } from '../../../src/flywheel/settle/note-touches.js';
import { createSettler, type Settled, type SettlerDeps } from '../../../src/flywheel/settle/settler.js';
import { definitions } from '../../../src/metrics/definitions.js';
import { createLiveWriter } from '../../../src/metrics/live-writer.js';
import { createBatchHandler } from '../../../src/pipeline/batch-handler.js';
import { createDimensions } from '../../../src/pipeline/dimensions.js';
import type { InputDecoder } from '../../../src/pipeline/read-batch.js';
import type { PartitionId } from '../../../src/stream/event-log.js';
import { catalogue } from '../../../src/warehouse/catalogue.js';
import { openPosition } from '../../../src/warehouse/stream/positions.js';
import type { Lesson } from '../../../src/warehouse/wheel/close-slots.js';
import { recordsOf } from '../../pipeline/feed.js';
import type { TestDatabase } from '../../support/postgres.js';

export const windowMs = 600_000;
/** When the log takes in all that tests write, which is after most of what they tell of. */
export const appendedAtMs = Date.parse('2026-04-01T00:00:00Z');

/** An event, or a decision. */
export type Arrival = { readonly event: object } | { readonly decision: Decision };

export interface Settling {
  /** Writes them as one batch. */
  take(arrivals: readonly Arrival[]): Promise<void>;
  step(): Promise<Settled>;
  /** Settles until nothing is left, and resolves to what was taught. */
  finish(): Promise<readonly Lesson[]>;
  moveClock(toMs: number): Promise<void>;
  /** What was left out so far. */
  readonly leftOut: readonly unknown[];
  /** Forgets all facts and what follows from them. */
  empty(): Promise<void>;
}

const lease = { name: 'settler', number: 1n };
const partition: PartitionId = { clusterId: 'c', topicId: 't', topic: 'mixed', partition: 0 };

export async function openSettling(database: TestDatabase, lessonsPerCustomerDay = 50): Promise<Settling> {
  const liveWriter = createLiveWriter({ catalogue, definitions, graceMs: 60_000 });
  const events = createDecoder({ timeZone: 'UTC' });
  const decode: InputDecoder = (record) => {
    const decided = decodeDecision(record);
    return decided.ok ? decided : events(record);
  };
  await openPosition(database, 'g', { ...partition, start: 0n, end: 0n }, null);
  await database.pool.query(
    `INSERT INTO lease (name, number, holder, expires_at, backend_pid, backend_start)
     VALUES ($1, $2, 'a test', now() + interval '1 day', 0, now())`,
    [lease.name, lease.number.toString()],
  );
  const handler = createBatchHandler(
    {
      database,
      liveWriter,
      steps: [
        async (session, facts) => {
          await noteTouches(session, facts);
          return undefined;
        },
      ],
      group: 'g',
      decode,
      deadLetter: (_partition, _record, reason) => {
        throw new Error(reason);
      },
      deadLetterTopic: 'dead',
      dimensions: createDimensions(database),
      onWritten: () => undefined,
    },
    partition,
    0n,
  );
  const taught: Lesson[] = [];
  const leftOut: unknown[] = [];
  const deps: SettlerDeps = {
    database,
    liveWriter,
    windowMs,
    lessonsPerCustomerDay,
    teach: async (_session, lessons) => void taught.push(...lessons),
    onLeftOut: (what) => void leftOut.push(what),
  };
  const settler = createSettler(deps);
  const step = () => settler.step(lease);
  return {
    async take(arrivals) {
      const values = arrivals.map((one) =>
        'event' in one ? one.event : String(recordOf(one.decision).value),
      );
      const from = handler.position();
      const nextOffset = from + BigInt(values.length);
      const records = recordsOf(values, from).map((record) => ({ ...record, appendedAtMs }));
      const batch = { ...partition, records, nextOffset, endOffset: nextOffset };
      await handler.handle(batch, new AbortController().signal);
    },
    step,
    leftOut,
    async finish() {
      for (;;) {
        const { touches, closed, waits } = await step();
        if (touches + closed === 0 && !waits) return taught.splice(0);
      }
    },
    async moveClock(toMs) {
      await database.pool.query(
        `INSERT INTO live_clock (name, watermark) VALUES ('behaviour', $1)
         ON CONFLICT (name) DO UPDATE SET watermark = excluded.watermark`,
        [new Date(toMs)],
      );
    },
    async empty() {
      await database.pool.query(`TRUNCATE fact_event, fact_sales, fact_decision, fact_decision_slot, fact_exposure,
        fact_outcome, decision_claim, wheel_touch, policy_tally, live_partial, live_clock`);
    },
  };
}

/** A decision about a list of products; null is an offer without one. */
export function decisionOn(
  name: string,
  customer: string | null,
  products: readonly (string | null)[],
  decidedAtMs: number,
  /** Null for what a rule decides beside the lists. */
  arm: 'CHAMPION' | null = 'CHAMPION',
): Decision {
  return withId({
    kind: 'RECOMMEND',
    customer,
    product: null,
    cause: 'asked',
    policy: 'blend',
    policyPropensity: 1,
    model: null,
    experiment: arm === null ? null : 'holdout',
    arm,
    candidates: 9,
    position: '{}',
    details: { name },
    decidedAtMs,
    slots: products.map((product, place) => ({
      product,
      choice: product === null ? 'COUPON' : null,
      score: 1,
      propensity: 0.5,
      features: { customer, product, slot: place + 1 },
    })),
  });
}
