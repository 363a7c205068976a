// The jobs that are declared to Flink, and how each of them fares.

/** A job as it should run on Flink: always, and once. */
export interface DeclaredJob {
  /** Letters, digits, ".", "_" and "-", such as event. */
  readonly name: string;
  /** What a job of an older generation knows is of no use to a newer one, which starts without it. */
  readonly generation: number;
  /** Statements that declare its tables; run in their order. */
  readonly tables: readonly string[];
  /** The INSERT, or the statement set of several, that the job is. */
  readonly insert: string;
  /** Settings of Flink for it, such as table.exec.state.ttl. */
  readonly settings: Readonly<Record<string, string>>;
}

export const jobStates = ['running', 'starting', 'waiting', 'lost', 'faulty'] as const;

export interface JobState {
  readonly name: string;
  /**
   * `running`; `starting`: submitted, or recovering by itself; `waiting`: for a part of Flink that is away or has no room;
   * `lost`: it ran before, and nothing that it knew can be found or taken up again, so it needs a new generation;
   * `faulty`: somebody must act.
   */
  readonly state: (typeof jobStates)[number];
  /** What is the matter and what to do; null for a job that is well. */
  readonly sentence: string | null;
  /** As Flink knows it; null while there is none. */
  readonly jobId: string | null;
  /**
   * How many checkpoints this very job has completed since it was handed to Flink. A job that was resumed may begin from
   * less than the one before it had committed to Kafka: until it has checkpoints of its own, the places that its group has
   * committed are not its own either, and what it says may be behind what was said before.
   */
  readonly checkpoints: number;
  /** When it was first seen in this state, by the clock of this process. */
  readonly since: Date;
}

export interface FlinkJobs {
  /**
   * Brings what runs nearer to what is declared, and says how it stands: submits what is missing, stops with a savepoint
   * and resumes what changed, ends jobs of ours that are not declared or of another generation, and leaves alone what is
   * not ours. What Flink refuses or cannot do now is a state, never a rejection: it rejects only when the warehouse cannot
   * be reached, or with CANCELLED when `signal` is aborted. To be called at the start, every minute, and when `look` finds
   * something to do; by one holder of a lease at a time.
   */
  reconcile(desired: readonly DeclaredJob[], signal: AbortSignal): Promise<readonly JobState[]>;
  /**
   * Looks how the jobs are that were declared last, and notes the newest checkpoint of each, without which a job manager
   * that dies takes all that they know with it: Flink keeps only the last few, so it must be called every few seconds.
   * True when `reconcile` has something to do. Rejects as `reconcile` does.
   */
  look(signal: AbortSignal): Promise<boolean>;
  /** What was seen last; empty before the first reconcile. */
  states(): readonly JobState[];
  /**
   * For `/readyz`: rejects with UNAVAILABLE and a sentence while a job was last seen lost, waiting or faulty, or, in a
   * process that declares none, while Flink does not answer.
   */
  check(): Promise<void>;
}
