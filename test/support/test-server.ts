// What the set-up of a run and its tests share: names, addresses and single statements on the test server.

import pg from 'pg';

/** A database whose name begins so may be changed and dropped by tests; no other may. */
export const testDatabasePrefix = 'flywheel_test_';

/** Throws unless the database of `url` is marked for tests. */
export function assertTestDatabase(url: string): void {
  const name = new URL(url).pathname.slice(1);
  if (name.startsWith(testDatabasePrefix)) return;
  throw new Error(`Tests only touch databases named ${testDatabasePrefix}…, and this one is "${name}".`);
}

/** The address of another database on the same server. */
export function databaseUrl(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

/** Runs `work` on a connection of its own. */
export async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
