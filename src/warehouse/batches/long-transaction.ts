// One transaction that takes as long as it takes, and is stopped on the server when its batch is to end.

import { sql } from 'kysely';
import { FlywheelError } from '../../core/errors.js';
import type { Database } from '../database.js';
import type { Session } from '../session.js';
import { inTransaction } from '../transaction.js';

const stopAgainMs = 1_000;

/** As `inTransaction`; once `signal` comes nothing of it is done, and it rejects with CANCELLED. */
export async function inLongTransaction<T>(
  database: Database,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const cancelled = () => new FlywheelError('CANCELLED', 'The batch was cancelled.');
  if (signal.aborted) throw cancelled();
  return inTransaction(database, async (session) => {
    const [own] = await session.rows(
      sql<{ pid: number }>`SELECT pg_backend_pid() AS pid, set_config('statement_timeout', '0', true),
        set_config('work_mem', '64MB', true)`,
    );
    if (signal.aborted) throw cancelled();
    let stopping: Promise<unknown> | undefined;
    let again: NodeJS.Timeout | undefined;
    const stop = () => {
      stopping = database.control.query('SELECT pg_cancel_backend($1)', [own?.pid]).catch(() => undefined);
      // Between two statements nothing is there to be stopped, and the next may be the long one.
      again = setTimeout(stop, stopAgainMs);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      const result = await work(session);
      if (signal.aborted) throw cancelled();
      return result;
    } finally {
      signal.removeEventListener('abort', stop);
      clearTimeout(again);
      // Late, it would stop a statement of whoever has the connection next.
      await stopping;
    }
  });
}
