// Rules in the pipeline role: what they find is noted with the facts, and decided under a lease.

import { decideThirdViews, noteViews } from '../flywheel/rules/third-view.js';
import type { BatchStep } from '../pipeline/batch-step.js';
import { whileWoken } from '../pipeline/wake.js';
import type { Database } from '../warehouse/database.js';
import { triggersChannel } from '../warehouse/wheel/triggers.js';
import { startDuty } from './duty.js';
import type { Foundations } from './foundations.js';
import type { Streams } from './streams.js';

/** Waited for notifications that are lost. */
const lookEveryMs = 2_000;

export interface Rules {
  /** To be handed to the pipeline. */
  readonly step: BatchStep;
  /** Decides for as long as the process runs. */
  start(): Promise<void>;
}

export function createRules(
  foundations: Foundations,
  { decoders, leases, listener }: Pick<Streams, 'decoders' | 'leases' | 'listener'>,
  database: Database,
): Rules {
  const { config } = foundations;
  const { thirdView: terms, holdoutShare } = config.wheel;
  if (terms === null) return { step: async () => undefined, start: async () => {} };
  const deps = {
    database,
    terms,
    holdoutShare,
    inputTopics: [...decoders.keys()],
    decisionsTopic: config.topics.decisions,
  };
  return {
    async step(session, { events }) {
      await noteViews(session, events, terms);
      return undefined;
    },
    start: () =>
      startDuty(foundations, leases, {
        name: 'rules',
        complaint: 'what rules have found is decided later',
        work: (lease, signal) =>
          whileWoken(listener, triggersChannel, async (wake) => {
            while (!signal.aborted) {
              if ((await decideThirdViews(deps, lease)) === 0) await wake.wait(lookEveryMs, signal);
            }
          }),
      }),
  };
}
