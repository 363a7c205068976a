// Metrics of the jobs that run on an engine of their own: how they are, and how safe what they know is.

import { Counter, Gauge, type Registry } from 'prom-client';

export interface WatchedJob {
  readonly name: string;
  readonly state: string;
  /** How long ago what it knows was last written down whole; null for never. */
  readonly checkpointAgeMs: number | null;
  /** How often it has begun again from what was written down. */
  readonly recoveries: number;
}

/** Flink as it was seen last by whoever looks after its jobs. */
export interface WatchedFlink {
  readonly isGatewayUp: boolean;
  /** Null while the job manager does not answer. */
  readonly slots: { readonly taskManagers: number; readonly total: number; readonly free: number } | null;
}

export interface EngineTelemetry {
  /** A job that was handed over: anew, or from what an earlier one had written down. */
  submitted(job: string, how: 'anew' | 'resumed'): void;
  /** Something that the engine refused or could not do. */
  faulted(): void;
  /** How the jobs are that this process looks after. */
  watchJobs(states: readonly string[], read: () => readonly WatchedJob[]): void;
  /** How Flink itself is; undefined in a process that has not looked. */
  watchFlink(read: () => WatchedFlink | undefined): void;
}

export function createEngineTelemetry(registry: Registry): EngineTelemetry {
  const registers = [registry];
  const submissions = new Counter({
    name: 'flywheel_flink_submissions_total',
    help: 'Jobs that this process has handed to Flink: anew, or resumed from a savepoint or checkpoint. Many say that jobs do not stay.',
    labelNames: ['job', 'how'],
    registers,
  });
  const faults = new Counter({
    name: 'flywheel_flink_faults_total',
    help: 'What Flink refused or could not do when it was asked; /readyz and the log say what.',
    registers,
  });
  return {
    submitted: (job, how) => submissions.inc({ job, how }),
    faulted: () => faults.inc(),
    watchJobs(states, read) {
      watchJobs(registers, states, read);
    },
    watchFlink(read) {
      watchFlink(registers, read);
    },
  };
}

function watchFlink(registers: Registry[], read: () => WatchedFlink | undefined): void {
  new Gauge({
    name: 'flywheel_flink_up',
    help: 'Whether a part of Flink answers the process that looks after its jobs: 1 or 0; for task managers, how many there are.',
    labelNames: ['part'],
    registers,
    collect() {
      const flink = read();
      if (flink === undefined) return;
      this.set({ part: 'sql gateway' }, flink.isGatewayUp ? 1 : 0);
      this.set({ part: 'job manager' }, flink.slots === null ? 0 : 1);
      this.set({ part: 'task managers' }, flink.slots?.taskManagers ?? 0);
    },
  });
  new Gauge({
    name: 'flywheel_flink_slots',
    help: 'Slots of Flink, by whether they are free or taken; without a free one no further job starts, and none that fell with its task manager comes back.',
    labelNames: ['state'],
    registers,
    collect() {
      const { free = 0, total = 0 } = read()?.slots ?? {};
      this.set({ state: 'free' }, free);
      this.set({ state: 'taken' }, total - free);
    },
  });
}

function watchJobs(
  registers: Registry[],
  states: readonly string[],
  read: () => readonly WatchedJob[],
): void {
  new Gauge({
    name: 'flywheel_flink_jobs',
    help: 'Jobs on Flink that this process looks after, by state; anything but running for long needs a look at /readyz.',
    labelNames: ['state'],
    registers,
    collect() {
      const jobs = read();
      for (const state of states) this.set({ state }, jobs.filter((job) => job.state === state).length);
    },
  });
  new Gauge({
    name: 'flywheel_flink_checkpoint_age_seconds',
    help: 'How long ago what a job knows was last written down whole; windows become final only behind it.',
    labelNames: ['job'],
    registers,
    collect() {
      this.reset();
      for (const { name, checkpointAgeMs } of read()) {
        if (checkpointAgeMs !== null) this.set({ job: name }, checkpointAgeMs / 1_000);
      }
    },
  });
  new Gauge({
    name: 'flywheel_flink_recoveries',
    help: 'How often a job has begun again from what was written down since it was handed to Flink.',
    labelNames: ['job'],
    registers,
    collect() {
      this.reset();
      for (const { name, recoveries } of read()) this.set({ job: name }, recoveries);
    },
  });
}
