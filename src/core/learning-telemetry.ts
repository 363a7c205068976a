// Metrics of the learners: what they have learned, how far behind they are, where their error changed.

import { Counter, Gauge, type Registry } from 'prom-client';

export interface LearningTelemetry {
  /** What a learner has learned in one step: examples, and the changes of its error that were seen at them. */
  learned(learner: string, examples: number, drifts: number): void;
  /** An event that was meant as an example and is none. */
  refused(): void;
  /** How many examples wait for each learner; a fault of the reading leaves the figures as they were. */
  watchWaiting(read: () => Promise<readonly WaitingExamples[]>): void;
  /** How much room all examples take that are kept; likewise. */
  watchStored(readBytes: () => Promise<number>): void;
}

export interface WaitingExamples {
  readonly learner: string;
  readonly examples: number;
}

export function createLearningTelemetry(registry: Registry): LearningTelemetry {
  const registers = [registry];
  const learned = new Counter({
    name: 'flywheel_examples_learned_total',
    help: 'Examples that this process has learned, by learner.',
    labelNames: ['learner'],
    registers,
  });
  const drifts = new Counter({
    name: 'flywheel_learner_drifts_total',
    help: 'How often the error of a learner was seen to change: what it predicts, or what it reads, is not as it was.',
    labelNames: ['learner'],
    registers,
  });
  const refused = new Counter({
    name: 'flywheel_examples_refused_total',
    help: 'Events of the type example that no learner could learn from; the log says why.',
    registers,
  });
  return {
    learned(learner, examples, changes) {
      learned.inc({ learner }, examples);
      drifts.inc({ learner }, changes);
    },
    refused: () => refused.inc(),
    watchWaiting(read) {
      new Gauge({
        name: 'flywheel_examples_waiting',
        help: 'Examples that are stored and that a learner has still to learn; one that keeps growing means that no pipeline learns, or that more comes than it can learn.',
        labelNames: ['learner'],
        registers,
        async collect() {
          const waiting = await read().catch(() => []);
          for (const { learner, examples } of waiting) this.set({ learner }, examples);
        },
      });
    },
    watchStored(readBytes) {
      new Gauge({
        name: 'flywheel_examples_stored_bytes',
        help: 'The room in the warehouse of all examples, which are kept so that a learner can learn them again.',
        registers,
        async collect() {
          const bytes = await readBytes().catch(() => undefined);
          if (bytes !== undefined) this.set(bytes);
        },
      });
    },
  };
}
