// Webhooks in the pipeline role: decisions of each batch are put on their way, and one process delivers them.

import { systemClock } from '../core/clock.js';
import { createWebhookTelemetry } from '../core/webhook-telemetry.js';
import { announceDecisions } from '../flywheel/webhooks/announce.js';
import { runCourier } from '../flywheel/webhooks/courier.js';
import { createPoster } from '../flywheel/webhooks/post.js';
import { createRetryPlan } from '../flywheel/webhooks/retry-plan.js';
import type { BatchStep } from '../pipeline/batch-step.js';
import type { Database } from '../warehouse/database.js';
import { countDeliveries, webhookChannel } from '../warehouse/wheel/webhook-deliveries.js';
import { startDuty } from './duty.js';
import type { Foundations } from './foundations.js';
import type { Streams } from './streams.js';

export interface Webhooks {
  /** To be handed to the pipeline. */
  readonly step: BatchStep;
  /** Delivers for as long as the process runs, under a lease. */
  start(): Promise<void>;
}

export function createWebhooks(
  foundations: Foundations,
  { listener, leases }: Pick<Streams, 'listener' | 'leases'>,
  database: Database,
): Webhooks {
  const { config, log: logger, telemetry: metrics } = foundations;
  const telemetry = createWebhookTelemetry(metrics.registry);
  telemetry.watchDeliveries(() => countDeliveries(database));

  async function deliverUntil(signal: AbortSignal): Promise<void> {
    const poster = createPoster({ isPrivateAllowed: config.webhooks.isPrivateAllowed });
    try {
      await runCourier(
        {
          database,
          poster,
          plan: createRetryPlan(Math.random),
          clock: systemClock,
          onNews: (callback) => listener.on(webhookChannel, callback),
          onAttempt: telemetry.attempted,
          onFault: (error) => logger.warn({ error }, 'a webhook is served again soon; the others are'),
        },
        signal,
      );
    } finally {
      poster.close();
    }
  }

  return {
    step: announceDecisions,
    start: () =>
      startDuty(foundations, leases, {
        name: 'webhooks',
        work: (_lease, signal) => deliverUntil(signal),
        complaint: 'decisions for webhooks wait and are delivered soon',
      }),
  };
}
