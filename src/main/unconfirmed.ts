// Decisions that the log did not confirm in time: counted each, and said now and then.

import { Counter, type Registry } from 'prom-client';
import type { Log } from '../core/log.js';
import { createNowAndThen } from '../core/now-and-then.js';

const saidEveryMs = 60_000;

export function createUnconfirmedReport(
  registry: Registry,
  log: Log,
): (decisions: number, error: unknown) => void {
  const unconfirmed = new Counter({
    name: 'flywheel_decisions_unconfirmed_total',
    help: 'Decisions that the event log did not confirm in time; their customers were shown what sells best.',
    registers: [registry],
  });
  const isTime = createNowAndThen(saidEveryMs);
  return (decisions, error) => {
    unconfirmed.inc(decisions);
    if (isTime()) log.warn({ decisions, error }, 'the event log did not confirm decisions in time');
  };
}
