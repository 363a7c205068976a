// The metrics of the pipeline: how far behind it is, what became of records, what it left unread, what waits to be published.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What became of the records of one batch. */
export interface BatchOutcome {
  readonly topic: string;
  readonly partition: number;
  readonly counts: Readonly<Record<RecordOutcome, number>>;
  readonly durationMs: number;
}

const recordOutcomes = ['accepted', 'repeated', 'dead', 'late', 'unpriced'] as const;
export type RecordOutcome = (typeof recordOutcomes)[number];

export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** Records between the position and the end. */
  readonly lag: number;
  /** Whether the partition is left unread until an operator decides. */
  readonly stopped: boolean;
}

export interface StreamTelemetry {
  batch(outcome: BatchOutcome): void;
  /** A batch that failed and is tried again. */
  batchFailed(topic: string): void;
  /** The relay handed so many messages of the outbox to the log. */
  relayed(messages: number): void;
  /** Gauges are read when somebody asks for the metrics, not before. */
  watchPartitions(read: () => readonly PartitionState[]): void;
  /** How many messages wait in the outbox; a fault of the reading leaves the figure as it was. */
  watchOutbox(read: () => Promise<number>): void;
}

export function createStreamTelemetry(registry: Registry): StreamTelemetry {
  const registers = [registry];
  const records = new Counter({
    name: 'flywheel_stream_records_total',
    help: 'Records of the event log by topic and what became of them: accepted (a fact), repeated (known already), dead (in the dead letters), late (too late for some window, in the warehouse all the same), unpriced (a purchase without any known price, which became no sale).',
    labelNames: ['topic', 'outcome'],
    registers,
  });
  const failures = new Counter({
    name: 'flywheel_stream_batch_failures_total',
    help: 'Batches that failed and were tried again, by topic; if it keeps growing, the log lines say why the partition is held.',
    labelNames: ['topic'],
    registers,
  });
  const relayed = new Counter({
    name: 'flywheel_outbox_relayed_total',
    help: 'Messages that the relay appended to the event log.',
    registers,
  });
  const batchSeconds = new Histogram({
    name: 'flywheel_stream_batch_duration_seconds',
    help: 'From the arrival of a batch to its commit, by topic.',
    labelNames: ['topic'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });

  return {
    batch({ topic, counts, durationMs }) {
      for (const outcome of recordOutcomes) {
        if (counts[outcome] > 0) records.inc({ topic, outcome }, counts[outcome]);
      }
      batchSeconds.observe({ topic }, durationMs / 1_000);
    },
    batchFailed: (topic) => failures.inc({ topic }),
    relayed: (messages) => relayed.inc(messages),
    watchPartitions: (read) => watchPartitions(registry, read),
    watchOutbox: (read) => watchOutbox(registry, read),
  };
}

function watchPartitions(registry: Registry, read: () => readonly PartitionState[]): void {
  const labelNames = ['topic', 'partition'];
  new Gauge({
    name: 'flywheel_stream_lag_records',
    help: 'Records of a partition that this process has still to read; one that grows asks for another pipeline or more partitions.',
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { topic, partition, lag } of read()) this.set({ topic, partition }, lag);
    },
  });
  new Gauge({
    name: 'flywheel_stream_partition_stopped',
    help: '1 for a partition that is left unread until somebody decides; "flywheel positions" says why and how.',
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { topic, partition, stopped } of read()) this.set({ topic, partition }, stopped ? 1 : 0);
    },
  });
}

function watchOutbox(registry: Registry, read: () => Promise<number>): void {
  new Gauge({
    name: 'flywheel_outbox_waiting',
    help: 'Messages that are committed and not yet appended to the event log; above 0 for long means that the log cannot be written or that no pipeline runs.',
    registers: [registry],
    async collect() {
      const waiting = await read().catch(() => undefined);
      if (waiting !== undefined) this.set(waiting);
    },
  });
}
