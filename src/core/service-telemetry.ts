// Metrics of the model services: how their calls end, how long they take, and how trainings end.

import { Counter, Histogram, type Registry } from 'prom-client';

export interface ServiceTelemetry {
  /** A recorder for the calls of one service, by method and outcome. */
  calls(service: string): (call: ServiceCall) => void;
  /** A training that has ended. */
  trained(service: string, state: string): void;
}

interface ServiceCall {
  readonly method: string;
  readonly outcome: string;
  readonly durationMs: number;
}

export function createServiceTelemetry(registry: Registry): ServiceTelemetry {
  const registers = [registry];
  const calls = new Counter({
    name: 'flywheel_service_calls_total',
    help: 'Calls of model services by outcome. All but ok and refused were answered degraded: timeout and open ask for a look at the service, wrong at its version.',
    labelNames: ['service', 'method', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'flywheel_service_call_duration_seconds',
    help: 'How long calls of model services took, whatever their outcome; each is a batch.',
    labelNames: ['service'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 1, 5],
    registers,
  });
  const trainings = new Counter({
    name: 'flywheel_trainings_total',
    help: 'Trainings that have ended, by state: registered, cancelled or failed.',
    labelNames: ['service', 'state'],
    registers,
  });
  return {
    calls: (service) => {
      const observed = seconds.labels(service);
      return ({ method, outcome, durationMs }) => {
        calls.inc({ service, method, outcome });
        observed.observe(durationMs / 1_000);
      };
    },
    trained: (service, state) => trainings.inc({ service, state }),
  };
}
