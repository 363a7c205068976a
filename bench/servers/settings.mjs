// What the runner tells every server process, and what all of them have in common.
import pg from 'pg';

export const port = Number(process.env.PORT);
export const databaseUrl = process.env.DATABASE_URL;
export const poolSize = Number(process.env.POOL_SIZE);

/**
 * A pool for servers whose SQL is written by hand: statements are prepared once and planned once, for planning a
 * join costs PostgreSQL more than running it.
 */
export function openPool() {
  return new pg.Pool({
    connectionString: databaseUrl,
    max: poolSize,
    min: poolSize,
    idleTimeoutMillis: 0,
    options: '-c plan_cache_mode=force_generic_plan -c jit=off',
  });
}
