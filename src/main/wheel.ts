// The wheel in the pipeline role: what may change what became of decisions is noted, and worked out under a lease.

import { pause } from '../core/pause.js';
import { noteTouches } from '../flywheel/settle/note-touches.js';
import { createSettler, type SettlerDeps } from '../flywheel/settle/settler.js';
import type { LiveWriter } from '../metrics/live-facts.js';
import type { BatchStep } from '../pipeline/batch-step.js';
import { whileWoken } from '../pipeline/wake.js';
import { learners } from '../services/learning/learners.js';
import { readyLearner } from '../services/learning/ready-learner.js';
import { createTeacher } from '../services/learning/teach.js';
import type { Database } from '../warehouse/database.js';
import type { LearnerKey } from '../warehouse/learner-states.js';
import { touchesChannel } from '../warehouse/wheel/touches.js';
import { startDuty } from './duty.js';
import type { Foundations } from './foundations.js';
import type { Streams } from './streams.js';

export interface Wheel {
  /** To be handed to the pipeline. */
  readonly step: BatchStep;
  /** Settles for as long as the process runs, under a lease. */
  start(): Promise<void>;
}

/** The learner of what becomes of decisions. */
export function responseKey(): LearnerKey {
  const declared = learners.find(({ name }) => name === responseName);
  if (declared === undefined) throw new Error('The learner of what becomes of decisions is not declared.');
  return readyLearner(declared).key;
}

const responseName = 'response';

/** Waited for notifications that are lost, and for the clock to pass the ends of decisions. */
const lookEveryMs = 500;
/** Waited for batches that are being written. */
const waitMs = 50;
/** After something was heard of, so long for more to come. */
const gatherMs = 20;

export function createWheel(
  foundations: Foundations,
  { listener, leases }: Pick<Streams, 'listener' | 'leases'>,
  database: Database,
  liveWriter: LiveWriter,
): Wheel {
  const { config, log } = foundations;
  const teach = createTeacher(learners);
  const teachLessons: SettlerDeps['teach'] = async (session, lessons) => {
    const examples = lessons.map(({ features, outcome }) => ({ facts: features, outcome }));
    const refused = await teach(session, responseName, examples);
    for (const { reason } of refused.slice(0, 1)) log.warn({ reason }, 'a decision cannot be learned from');
  };
  const settlerDeps: SettlerDeps = {
    database,
    liveWriter,
    windowMs: config.wheel.attributionWindowMs,
    lessonsPerCustomerDay: config.wheel.lessonsPerCustomerDay,
    teach: teachLessons,
    onLeftOut: (what) =>
      log.warn(what, 'what became of a decision takes the database too long and is left out'),
  };
  return {
    async step(session, facts) {
      await noteTouches(session, facts);
      return undefined;
    },
    start: () =>
      startDuty(foundations, leases, {
        name: 'settler',
        complaint: 'what became of decisions is worked out later',
        work: (lease, signal) =>
          whileWoken(listener, touchesChannel, async (wake) => {
            // A new one for each holder: how much it takes at once is found out anew.
            const settler = createSettler(settlerDeps);
            while (!signal.aborted) {
              const { touches, closed, waits } = await settler.step(lease);
              if (touches + closed > 0) continue;
              await wake.wait(waits ? waitMs : lookEveryMs, signal);
              await pause(gatherMs, signal);
            }
          }),
      }),
  };
}
