// The one way in which decisions are written: appended to their topic of the event log.

import { type Decision, recordOf } from '../events/decision.js';
import type { EventLog } from '../stream/event-log.js';

export interface DecisionLog {
  /** Resolves when all of them are durable, in one batch; rejects as the log does, and when the signal is aborted. */
  append(decisions: readonly Decision[], signal?: AbortSignal): Promise<void>;
}

export function createDecisionLog(log: Pick<EventLog, 'append'>, topic: string): DecisionLog {
  return {
    async append(decisions, signal) {
      if (decisions.length > 0) await log.append(topic, decisions.map(recordOf), signal);
    },
  };
}
