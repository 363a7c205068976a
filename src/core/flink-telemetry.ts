// Metrics of the windows that Flink keeps: whether they are published, and how far behind the streams they are.

import { Gauge, type Registry } from 'prom-client';

/** How the windows of a fact are. */
export interface FlinkWindowsState {
  readonly fact: string;
  /** Whether they hold everything, and are published. */
  readonly ready: boolean;
  /** Up to which watermark Flink has counted everything, in milliseconds since 1970; null before anything is known of it. */
  readonly confirmedMs: number | null;
}

/** Registers the metrics; `read` gives what was seen last, and nothing in a process that does not see to Flink. */
export function watchFlinkWindows(
  registry: Registry,
  read: () => readonly FlinkWindowsState[],
  nowMs: () => number,
): void {
  const registers = [registry];
  new Gauge({
    name: 'flywheel_flink_windows_ready',
    help: '1 while the windows of the fact that Flink keeps are published; 0 while they are counted anew, and live metrics of the fact stand still. Only the process that sees to Flink has it.',
    labelNames: ['fact'],
    registers,
    collect() {
      this.reset();
      for (const { fact, ready } of read()) this.set({ fact }, ready ? 1 : 0);
    },
  });
  new Gauge({
    name: 'flywheel_flink_confirmed_delay_seconds',
    help: 'How far the watermark up to which Flink has counted everything is behind the clock on the wall; final windows are as late as that. Only the process that sees to Flink has it.',
    labelNames: ['fact'],
    registers,
    collect() {
      this.reset();
      for (const { fact, confirmedMs } of read()) {
        if (confirmedMs !== null) this.set({ fact }, (nowMs() - confirmedMs) / 1_000);
      }
    },
  });
}
