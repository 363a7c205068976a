// Metrics of subscriptions: who follows, what reaches them how late, and which readers are behind.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Clock } from './clock.js';

export interface HubState {
  /** Subscriptions that share what is executed for them. */
  readonly cohorts: number;
  readonly subscribers: number;
}

export interface HubTelemetry {
  /** A message was handed to so many readers; `appendedAtMs` is when the log took what it tells of, if that is known. */
  delivered(count: number, appendedAtMs: number | null): void;
  /** So many messages were replaced by newer ones before their readers got them. */
  conflated(count: number): void;
  /** A reader fell behind, or caught up. */
  behind(change: 1 | -1): void;
  /** A reader was told that something is missing, and began anew. */
  restarted(): void;
  /** A reader of a feed was too slow, and was told to go on later. */
  dropped(): void;
  /** Gauges are read when somebody asks for the metrics, not before. */
  watchHub(read: () => HubState): void;
}

/** Registers the metrics. */
export function createHubTelemetry(registry: Registry, clock: Clock): HubTelemetry {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const counter = (name: string, help: string) => new Counter({ name, help, registers });

  let stalled = 0;
  gauge(
    'flywheel_subscribers_stalled',
    'Subscriptions whose reader does not take what is sent. They cost little memory and delay nobody; metrics give them the newest value of each window when they read again, feeds end them after 1,000 events.',
    () => stalled,
  );
  const messages = counter(
    'flywheel_subscription_messages_total',
    'Messages of subscriptions that were handed to connections.',
  );
  const conflated = counter(
    'flywheel_subscription_conflated_total',
    'Messages of subscriptions that newer ones of the same window and key replaced, because the reader was slow or asked for fewer.',
  );
  const restarts = counter(
    'flywheel_subscription_restarts_total',
    'Subscriptions that were told that messages are missing and began with a fresh state: their cursor was too old, or their reader too slow.',
  );
  const drops = counter(
    'flywheel_subscription_drops_total',
    'Subscriptions of a feed that ended because their reader was too slow; they can go on where they were.',
  );
  const latency = new Histogram({
    name: 'flywheel_delivery_latency_seconds',
    help: 'From the moment that the event log took a result or an event to the moment that its message was handed to all connections.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });

  return {
    delivered(count, appendedAtMs) {
      if (count === 0) return;
      messages.inc(count);
      if (appendedAtMs !== null) latency.observe(Math.max(clock.nowMs() - appendedAtMs, 0) / 1_000);
    },
    conflated: (count) => conflated.inc(count),
    behind(change) {
      stalled += change;
    },
    restarted: () => restarts.inc(),
    dropped: () => drops.inc(),
    watchHub(read) {
      gauge('flywheel_subscribers', 'Subscriptions that are served now.', () => read().subscribers);
      gauge(
        'flywheel_cohorts',
        'Groups of subscriptions that ask the same; each message is executed and written down once for a group.',
        () => read().cohorts,
      );
    },
  };
}
