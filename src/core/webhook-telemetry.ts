// Metrics of the webhooks: how attempts to deliver end, and how much waits or was given up.

import { Counter, Gauge, type Registry } from 'prom-client';

export interface WebhookTelemetry {
  /** An attempt that has ended. */
  attempted(outcome: 'delivered' | 'failed' | 'dead'): void;
  /** How many deliveries there are; a fault of the reading leaves the figures as they were. */
  watchDeliveries(count: () => Promise<{ readonly waiting: number; readonly dead: number }>): void;
}

export function createWebhookTelemetry(registry: Registry): WebhookTelemetry {
  const registers = [registry];
  const attempts = new Counter({
    name: 'flywheel_webhook_attempts_total',
    help: 'Attempts of this process to deliver decisions to webhooks, by outcome: delivered; failed, and to be tried again; dead, and given up.',
    labelNames: ['outcome'],
    registers,
  });
  return {
    attempted: (outcome) => attempts.inc({ outcome }),
    watchDeliveries(count) {
      new Gauge({
        name: 'flywheel_webhook_deliveries',
        help: 'Deliveries to webhooks by state: waiting for their next attempt, or dead until retryWebhook gives them another; the field webhooks says where and why.',
        labelNames: ['state'],
        registers,
        async collect() {
          const counts = await count().catch(() => undefined);
          if (counts === undefined) return;
          this.set({ state: 'waiting' }, counts.waiting);
          this.set({ state: 'dead' }, counts.dead);
        },
      });
    },
  };
}
