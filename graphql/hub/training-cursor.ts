// Where a reader of trainings is: a text that is the same as long as nothing about the training changes.

import { createHash } from 'node:crypto';
import type { TrainingRecord } from '../../src/services/host/trainings-contract.js';

/** Equal for equal states of one training, on every gateway. */
export function trainingCursor({ id, state, share, step, version }: TrainingRecord): string {
  const said = JSON.stringify([id, state, share, step, version]);
  return createHash('sha256').update(said).digest('base64url').slice(0, 22);
}
