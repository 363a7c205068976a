// What the runner tells every server process, and what all of them have in common.
import pg from 'pg';

export const port = Number(process.env.PORT);
export const databaseUrl = process.env.DATABASE_URL;
export const poolSize = Number(process.env.POOL_SIZE);

/**
 * A pool for servers whose SQL is written by hand.
 * @param {string} [settings] of PostgreSQL for its connections, as in `-c name=value`
 */
export function openPool(settings = '') {
  return new pg.Pool({
    connectionString: databaseUrl,
    max: poolSize,
    min: poolSize,
    idleTimeoutMillis: 0,
    options: settings,
  });
}
