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

export interface JobState {
  readonly name: string;
  /**
   * `running`; `starting`: submitted, or recovering by itself; `waiting`: for a part of Flink that is away or has no room;
   * `lost`: it ran before, and nothing that it knew can be found or taken up again, so it needs a new generation;
   * `faulty`: somebody must act.
   */
  readonly state: 'running' | 'starting' | 'waiting' | 'lost' | 'faulty';
  /** What is the matter and what to do; null for a job that is well. */
  readonly sentence: string | null;
  /** As Flink knows it; null while there is none. */
  readonly jobId: string | null;
  /** When it was first seen in this state, by the clock of this process. */
  readonly since: Date;
}

export interface FlinkJobs {
  /**
   * Brings what runs nearer to what is declared, and says how it stands: submits what is missing, stops with a savepoint
   * and resumes what changed, ends jobs of ours that are not declared or of another generation, and leaves alone what is
   * not ours. What Flink refuses or cannot do now is a state, never a rejection; it rejects only when the warehouse cannot
   * be reached or `signal` is aborted. To be called at the start and every minute, by one holder of a lease.
   */
  reconcile(desired: readonly DeclaredJob[], signal: AbortSignal): Promise<readonly JobState[]>;
}
