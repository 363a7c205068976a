// Metrics of live windows: how far event time is behind, what was closed, how long it took.

import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface LiveTelemetry {
  /** Where a clock stands; its delay is read off when somebody asks for the metrics. */
  watermark(clock: string, watermarkMs: number): void;
  /** One look of the closer: what it published, and how long it took. */
  closed(windows: { readonly early: number; readonly final: number }, durationMs: number): void;
  pruned(rows: number): void;
}

/** Registers the metrics; `nowMs` says what the delay is measured against. */
export function createLiveTelemetry(registry: Registry, nowMs: () => number): LiveTelemetry {
  const registers = [registry];
  const watermarks = new Map<string, number>();
  new Gauge({
    name: 'flywheel_watermark_delay_seconds',
    help: 'How far event time is behind the clock on the wall, by clock; when it grows, a partition is not read or its producers are behind. Only the process that closes windows has it.',
    labelNames: ['clock'],
    registers,
    collect() {
      for (const [clock, watermarkMs] of watermarks) this.set({ clock }, (nowMs() - watermarkMs) / 1_000);
    },
  });
  const windows = new Counter({
    name: 'flywheel_live_windows_total',
    help: 'Windows published, by state: early while they may still change, final after the watermark has passed them.',
    labelNames: ['state'],
    registers,
  });
  const seconds = new Histogram({
    name: 'flywheel_live_close_duration_seconds',
    help: 'How long one look at changed windows took; above 0.05 live values are later than they need be.',
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const pruned = new Counter({
    name: 'flywheel_live_pruned_rows_total',
    help: 'Rows of windows that are kept no longer.',
    registers,
  });
  return {
    watermark(clock, watermarkMs) {
      watermarks.set(clock, watermarkMs);
    },
    closed({ early, final }, durationMs) {
      if (early > 0) windows.inc({ state: 'early' }, early);
      if (final > 0) windows.inc({ state: 'final' }, final);
      if (early + final > 0) seconds.observe(durationMs / 1_000);
    },
    pruned(rows) {
      if (rows > 0) pruned.inc(rows);
    },
  };
}
