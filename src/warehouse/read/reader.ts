// Runs read trees: compiled once for each shape, prepared when they recur, stopped when nobody waits any more.

import type { PoolClient } from 'pg';
import type { Scope } from '../../core/scope.js';
import type { Catalogue } from '../catalogue.js';
import type { Database } from '../database.js';
import { explainDatabaseError } from '../database-error.js';
import { type BoundValue, bindReads } from './bind.js';
import { type CompiledRead, compileRead } from './compile.js';
import { isSlot } from './condition.js';
import { LruMap } from './lru-map.js';
import type { Read, RootNode } from './tree.js';

export interface ReadRequest {
  /** Equal ids mean equal trees. */
  readonly id: string;
  readonly root: RootNode;
  readonly reads: readonly Read[];
  /** For a root of kind `nodes`: a JSON array of `[type, ...key]`. */
  readonly ids?: string;
}

export interface Reader {
  /**
   * The finished JSON text of every request, in order. Several requests see one snapshot. `onAbandon`
   * is given what to call when the answer is no longer wanted: the statement is then stopped.
   * Fails with a FlywheelError: UNAVAILABLE, TIMEOUT, CANCELLED or, for a value out of range, BAD_INPUT.
   */
  read(
    requests: readonly ReadRequest[],
    scope: Scope,
    onAbandon?: (callback: () => void) => void,
  ): Promise<string[]>;
}

export interface ReaderDeps {
  readonly database: Database;
  readonly catalogue: Catalogue;
  /** How many shapes are kept compiled (1,000). */
  readonly shapeLimit?: number;
  readonly onStatement?: () => void;
}

interface Entry extends CompiledRead {
  /** Given at the second use, so that a shape that never recurs is never prepared. */
  name: string | undefined;
  uses: number;
}

/** A connection that has prepared this many statements is closed for a new one, which bounds the server's memory. */
const preparedPerConnection = 500;

/** Creates the reader of a database. */
export function createReader(deps: ReaderDeps): Reader {
  const { database, catalogue, onStatement } = deps;
  const entries = new LruMap<string, Entry>(deps.shapeLimit ?? 1_000);
  const prepared = new WeakMap<PoolClient, Set<string>>();
  let names = 0;

  function entryOf(request: ReadRequest, scope: Scope, key: string, reads: readonly Read[], idsSlot: number) {
    const fullKey = `${scope.key}\n${request.id}\n${key}`;
    let entry = entries.get(fullKey);
    if (!entry) {
      const compiled = compileRead(database.kysely, catalogue, scope, request.root, reads, { slot: idsSlot });
      entry = { ...compiled, name: undefined, uses: 0 };
      entries.set(fullKey, entry);
    }
    entry.uses++;
    if (entry.uses === 2) entry.name = `read${++names}`;
    return entry;
  }

  function statementOf(request: ReadRequest, scope: Scope) {
    const { key, reads, values } = bindReads(request.reads);
    const entry = entryOf(request, scope, key, reads, values.length);
    const all: (BoundValue | undefined)[] = [...values, request.ids];
    const bound = entry.parameters.map((part) => (isSlot(part) ? all[part.slot] : part));
    return { name: entry.name, text: entry.text, values: bound };
  }

  async function run(client: PoolClient, request: ReadRequest, scope: Scope): Promise<string> {
    const { name, text, values } = statementOf(request, scope);
    onStatement?.();
    const query = { text, values, rowMode: 'array', ...(name === undefined ? {} : { name }) };
    if (name !== undefined) rememberPrepared(client, name);
    const result = await client.query<[string]>(query);
    const [row] = result.rows;
    if (!row) throw new Error('A read returned no row.');
    return row[0];
  }

  function rememberPrepared(client: PoolClient, name: string): void {
    let set = prepared.get(client);
    if (!set) {
      set = new Set();
      prepared.set(client, set);
    }
    set.add(name);
  }

  async function runAll(client: PoolClient, requests: readonly ReadRequest[], scope: Scope) {
    const [only] = requests;
    if (requests.length === 1 && only) return [await run(client, only, scope)];
    await client.query('begin transaction isolation level repeatable read read only');
    const answers: string[] = [];
    for (const request of requests) answers.push(await run(client, request, scope));
    await client.query('commit');
    return answers;
  }

  return {
    async read(requests, scope, onAbandon) {
      let client: PoolClient;
      try {
        client = await database.pool.connect();
      } catch (error) {
        throw explainDatabaseError(error);
      }
      const fate = { abandoned: false, done: false, broken: false };
      onAbandon?.(() => {
        if (fate.done) return;
        fate.abandoned = true;
        stopStatement(database, client);
      });
      try {
        return await runAll(client, requests, scope);
      } catch (error) {
        // Whatever failed may have left a transaction open or the connection dead; a new one is cheap.
        fate.broken = true;
        throw explainDatabaseError(error);
      } finally {
        const worn = (prepared.get(client)?.size ?? 0) > preparedPerConnection;
        // A late signal to stop must not meet the next statement of the connection.
        client.release(fate.broken || fate.abandoned || worn);
        fate.done = true;
      }
    },
  };
}

/** Asks the server to stop what the connection runs; a failure to do so leaves the statement time-out in charge. */
function stopStatement(database: Database, client: PoolClient): void {
  const processID: unknown = Reflect.get(client, 'processID');
  if (typeof processID !== 'number') return;
  database.pool.query('select pg_cancel_backend($1)', [processID]).catch(() => undefined);
}
