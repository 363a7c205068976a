// Online learning in the pipeline role: the facts of each batch become examples, and one process learns them.

import { createLearningTelemetry } from '../core/learning-telemetry.js';
import type { Lease } from '../core/lease.js';
import type { Log } from '../core/log.js';
import { pause } from '../core/pause.js';
import type { BatchStep } from '../pipeline/batch-step.js';
import { whileWoken } from '../pipeline/wake.js';
import { consumeExamples, type Learned } from '../services/learning/consume.js';
import { learners } from '../services/learning/learners.js';
import { type ReadyLearner, readyLearner } from '../services/learning/ready-learner.js';
import { createExampleWriter, type RefusedExample } from '../services/learning/write-examples.js';
import type { Database } from '../warehouse/database.js';
import { examplesChannel, readExampleBytes } from '../warehouse/examples.js';
import { readBehind } from '../warehouse/learner-states.js';
import { startDuty } from './duty.js';
import type { Foundations } from './foundations.js';
import type { Streams } from './streams.js';

export interface Learning {
  /** To be handed to the pipeline. */
  readonly step: BatchStep;
  /** Learns for as long as the process runs, under a lease. */
  start(): Promise<void>;
}

/** Waited for notifications that are lost. */
const lookEveryMs = 5_000;
/** After new examples were heard of, so long for more to come: a step costs about as much for one as for a hundred. */
const gatherMs = 100;
/** So many events that teach nothing are named within so long; the metrics count them all. */
const namedMax = 10;
const namedWithinMs = 60_000;

export function createLearning(
  foundations: Foundations,
  { listener, leases }: Pick<Streams, 'listener' | 'leases'>,
  database: Database,
): Learning {
  const { log: logger, telemetry: metrics } = foundations;
  const telemetry = createLearningTelemetry(metrics.registry);
  const ready = learners.map(readyLearner);
  const complain = createComplaints(logger);
  const write = createExampleWriter(learners);
  telemetry.watchWaiting(async () => {
    const behind = await readBehind(
      database,
      ready.map(({ key }) => key),
    );
    return ready.map(({ key: { learner } }, place) => ({ learner, examples: behind[place] ?? 0 }));
  });
  telemetry.watchStored(() => readExampleBytes(database));

  function onLearned({ key: { learner } }: ReadyLearner, { examples, drifts }: Learned): void {
    telemetry.learned(learner, examples, drifts.length);
    // Places count from 0, examples from 1.
    for (const place of drifts) logger.info(`the learner ${learner} saw a drift at example ${place + 1n}`);
  }

  const complainOf = createFaults(logger);

  const learnUntil = (_lease: Lease, signal: AbortSignal) =>
    whileWoken(listener, examplesChannel, (wake) => {
      const wait = async () => {
        await wake.wait(lookEveryMs, signal);
        await pause(gatherMs, signal);
      };
      return consumeExamples(database, ready, { signal, wait, onLearned, onFault: complainOf });
    });

  return {
    async step(session, facts) {
      const { refused } = await write(session, facts);
      return () => {
        for (const one of refused) {
          telemetry.refused();
          complain(one);
        }
      };
    },
    start: () =>
      startDuty(foundations, leases, {
        name: 'learning',
        work: learnUntil,
        complaint: 'examples wait and are learned soon',
      }),
  };
}

/** Says why a learner stands still, but not each time that it is tried again. */
function createFaults(logger: Log): (learner: ReadyLearner, error: unknown) => void {
  const saidMs = new Map<string, number>();
  return ({ key: { learner } }, error) => {
    const nowMs = performance.now();
    if (nowMs - (saidMs.get(learner) ?? Number.NEGATIVE_INFINITY) < namedWithinMs) return;
    saidMs.set(learner, nowMs);
    logger.warn({ learner, error }, 'a learner cannot go on; the others do');
  };
}

/** Names what teaches nothing, but not every one of a flood. */
function createComplaints(logger: Log): (refused: RefusedExample) => void {
  let sinceMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  return ({ learner, source, eventId, reason }) => {
    const nowMs = performance.now();
    if (nowMs - sinceMs > namedWithinMs) {
      if (count > namedMax) logger.warn({ events: count - namedMax }, 'further events were no examples');
      sinceMs = nowMs;
      count = 0;
    }
    count += 1;
    if (count <= namedMax) logger.warn({ learner, source, eventId, reason }, 'an event is no example');
  };
}
