// Which events claim a moment that cannot have come when the log took them in.

import { aheadHoursMax } from '../warehouse/service-reads/believed-facts.js';
import type { ArrivedEvent } from '../warehouse/stream/facts.js';

const aheadMsMax = aheadHoursMax * 3_600_000;

/**
 * Whether an event is dated more than a day after the log took it in, by a clock that is wrong. The same in every replay,
 * as it would not be by the clock of whoever reads it.
 */
export function isFarAhead({ occurredAt, appendedAtMs }: Pick<ArrivedEvent, 'occurredAt' | 'appendedAtMs'>) {
  return occurredAt > appendedAtMs + aheadMsMax;
}
