// What follows the facts of a file: the live windows, and what is worked out about decisions.

import { definitions } from '../metrics/definitions.js';
import { createRestater } from '../metrics/restate.js';
import { catalogue } from '../warehouse/catalogue.js';
import type { FactsFollower } from '../warehouse/load/follower.js';
import { touchRange } from '../warehouse/wheel/touches.js';

/** What customers may answer with. */
const answers: ReadonlySet<string> = new Set(['Sale', 'Event']);

/** The follower of loads into the warehouse of a gateway. */
export function createFollower(): FactsFollower {
  const restater = createRestater({ catalogue, definitions });
  return {
    timeField: (model) => restater.timeField(model),
    async afterFacts(session, touched) {
      await restater.afterFacts(session, touched);
      if (answers.has(touched.model)) await touchRange(session, touched);
    },
  };
}
