// Runs an engine for a person who tries it out: until they say stop, or until it ends by itself.

interface RunningEngine {
  stop(): Promise<void>;
  readonly ended: Promise<void>;
}

export interface EngineRun<T extends RunningEngine> {
  /** Such as `Kafka`. */
  readonly engine: string;
  /** Where its logs are. */
  readonly folder: string;
  start(signal: AbortSignal): Promise<T>;
  /** Says how it is used; called once it runs. */
  tell(running: T): void;
}

/** Ends the process when the engine has ended: with 0 when that was asked for. Rejects when the start fails. */
export async function runUntilStopped<T extends RunningEngine>(run: EngineRun<T>): Promise<void> {
  const interruption = new AbortController();
  const stopAsked = new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        interruption.abort();
        done();
      });
    }
  });
  const running = await run.start(interruption.signal).catch((error: unknown) => {
    // Who interrupts a start gets what was asked for, which is no failure.
    if (!interruption.signal.aborted) throw error;
  });
  if (running === undefined) return;
  run.tell(running);
  await Promise.race([stopAsked, running.ended]);
  if (!interruption.signal.aborted) {
    console.error(`${run.engine} has ended; the logs in ${run.folder} say why.`);
  }
  await running.stop();
  process.exit(interruption.signal.aborted ? 0 : 1);
}
