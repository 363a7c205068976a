// Hears how trainings change, in whichever process, without gap or step back.

import { createBackoff } from '../../core/pause.js';
import type { Listener } from '../../stream/postgres-listener.js';
import type { Database } from '../../warehouse/database.js';
import {
  readTrainingNews,
  readTrainings,
  type TrainingRow,
  trainingChannel,
} from '../../warehouse/trainings.js';

export interface TrainingWatchDeps {
  readonly database: Pick<Database, 'kysely'>;
  readonly listener: Listener;
}

/** How many of the newest may have changed unheard while the connection was away. */
const readAgain = 20;

/**
 * Calls back with those that wait or run when listening begins, then with each that changes. After a connection was lost
 * or something was said that cannot be read, the newest are read again, so that the last word on each of them is heard all
 * the same.
 */
export function watchTrainingRows(
  { database, listener }: TrainingWatchDeps,
  onRow: (row: TrainingRow) => void,
): () => void {
  const ending = new AbortController();
  /** The revision that was last seen of each training. */
  const seen = new Map<number, number>();
  /** The revision of those that were over at the first reading: later readings do not tell of them, but the channel does. */
  const overBefore = new Map<number, number>();
  let hasBegun = false;

  function tell(row: TrainingRow): void {
    if (ending.signal.aborted || row.revision <= (seen.get(row.id) ?? -1)) return;
    seen.set(row.id, row.revision);
    onRow(row);
  }

  function take(rows: readonly TrainingRow[]): void {
    for (const row of rows.toReversed()) {
      // One that was heard of already has ended since listening began.
      if (!hasBegun && row.endedAt !== null && !seen.has(row.id)) overBefore.set(row.id, row.revision);
      else if (row.revision > (overBefore.get(row.id) ?? -1)) tell(row);
    }
    hasBegun = true;
    const oldest = rows.at(-1)?.id ?? 0;
    for (const known of [seen, overBefore]) {
      for (const id of known.keys()) if (id < oldest) known.delete(id);
    }
  }

  async function readNewest(): Promise<void> {
    const backoff = createBackoff();
    while (!ending.signal.aborted) {
      try {
        take(await readTrainings(database, { first: readAgain }));
        return;
      } catch {
        await backoff.wait(ending.signal);
      }
    }
  }

  const unlisten = listener.on(trainingChannel, (payload) => {
    const row = payload === undefined ? undefined : readTrainingNews(payload);
    if (row === undefined) void readNewest();
    else tell(row);
  });
  return () => {
    ending.abort();
    unlisten();
  };
}
