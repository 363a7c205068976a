// When a service is trained without anybody asking: before its first model, with age, after so many events, and on drift.

import type { TrainingNeed } from '../../warehouse/training-needs.js';
import type { ServiceName } from './registry-contract.js';
import type { TrainingReason } from './trainings-contract.js';

export interface TrainingSchedule {
  /** How old the newest training may become (undefined: any age). */
  readonly everyMs: number | undefined;
  /** After how many events it is repeated, an hour after the one before at the earliest (undefined: after none). */
  readonly afterEvents: number | undefined;
}

const firstPauseMs = 600_000;
const mostPauseMs = 86_400_000;
/** The learners whose error changes when customers begin to act otherwise than the model of a service learned. */
export const driftLearners: Readonly<Partial<Record<ServiceName, readonly string[]>>> = {
  recommendation: ['response', 'click', 'purchase'],
};

/** However many events come in, and however often learners see a drift, each training makes a model that is kept and takes a processor. */
const leastAgeMs = 3_600_000;

/** How long a service is left alone after so many trainings in a row without a model: 10 minutes, doubled up to a day. */
function pauseMsAfter(failures: number): number {
  return failures === 0 ? 0 : Math.min(firstPauseMs * 2 ** (failures - 1), mostPauseMs);
}

/** Why a service should be trained now; undefined when it should not. With neither age nor events, nothing is ever due. */
export function reasonToTrain(
  need: TrainingNeed,
  { everyMs, afterEvents }: TrainingSchedule,
): Exclude<TrainingReason, 'asked'> | undefined {
  if (everyMs === undefined && afterEvents === undefined) return undefined;
  // Another challenger would end its trial before it is judged.
  if (need.isUnfinished || need.isOnTrial) return undefined;
  if (need.failedMs !== null && need.failedMs < pauseMsAfter(need.failures)) return undefined;
  if (!need.hasModel) return need.hasSales ? 'first' : undefined;
  if (everyMs !== undefined && need.ageMs !== null && need.ageMs >= everyMs) return 'age';
  if (need.ageMs !== null && need.ageMs < leastAgeMs) return undefined;
  if (need.hasDrifted) return 'drift';
  return afterEvents !== undefined && need.events > afterEvents ? 'events' : undefined;
}
