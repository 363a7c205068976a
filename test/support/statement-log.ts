// Every statement that a database is asked, by whichever of its clients.

import type { TestDatabase } from './postgres.js';

export interface LoggedStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface StatementLog {
  /** Forgets what came before, runs the work, and gives the statements that it led to. */
  during(work: () => Promise<unknown>): Promise<readonly LoggedStatement[]>;
}

function loggedOf(args: readonly unknown[]): LoggedStatement {
  const [first, second] = args;
  if (typeof first === 'string') return { text: first, values: Array.isArray(second) ? second : [] };
  const { text, values } = Object(first);
  return { text: String(text), values: Array.isArray(values) ? values : [] };
}

/** Listens on the connections of the pool, which Prisma and Kysely share. */
export function logStatements(database: TestDatabase): StatementLog {
  let statements: LoggedStatement[] = [];
  const known = new WeakSet();
  database.pool.on('acquire', (client) => {
    if (known.has(client)) return;
    known.add(client);
    const query: unknown = Reflect.get(client, 'query');
    if (typeof query !== 'function') throw new Error('A client has no query.');
    Reflect.set(client, 'query', (...args: unknown[]) => {
      statements.push(loggedOf(args));
      return query.apply(client, args);
    });
  });
  return {
    async during(work) {
      statements = [];
      await work();
      return statements;
    },
  };
}
