// Runs read trees: compiled once for each shape, prepared when they recur, stopped when nobody waits any more.

import type { PoolClient } from 'pg';
import type { Scope } from '../../core/scope.js';
import { borrowClient, cancelled, type OnAbandon } from '../borrow-client.js';
import type { Catalogue } from '../catalogue.js';
import type { Database } from '../database.js';
import { queryRows } from '../query-rows.js';
import { checkValueCount } from '../run-statement.js';
import { type BoundValue, bindReads } from './bind.js';
import { type CompiledRead, compileRead } from './compile.js';
import { isSlot } from './condition.js';
import { LruMap } from './lru-map.js';
import type { Envelope, Read, RootNode } from './tree.js';

export interface ReadRequest {
  /** Equal ids mean equal trees. */
  readonly id: string;
  readonly root: RootNode;
  readonly reads: readonly Read[];
  /** For a root of kind `nodes`: a JSON array of `[type, ...key]`. */
  readonly ids?: string;
  /** What is written around the JSON; equal ids come with equal envelopes. */
  readonly envelope?: Envelope;
}

export interface Reader {
  /**
   * The finished JSON text of every request, in order. Several requests see one snapshot. `onAbandon`
   * is given what to call when the answer is no longer wanted: the statement is then stopped.
   * Fails with a FlywheelError: UNAVAILABLE, TIMEOUT, CANCELLED or, for a value out of range, BAD_INPUT.
   */
  read(requests: readonly ReadRequest[], scope: Scope, onAbandon?: OnAbandon): Promise<string[]>;
}

export interface ReaderDeps {
  readonly database: Database;
  readonly catalogue: Catalogue;
  /** How many shapes are kept compiled (1,000). */
  readonly shapeLimit?: number;
  /** Told of every statement before it runs. */
  readonly onStatement?: () => void;
}

interface Entry extends CompiledRead {
  /** Given at the second use, so that a shape that never recurs is never prepared. */
  name: string | undefined;
  uses: number;
}

/** The texts of the shapes that are kept compiled, together, with what they are known by. */
const shapesLengthMax = 32_000_000;

/** A connection that has prepared more than this is closed for a new one, which bounds the server's memory. */
const preparedPerConnection = 500;
/** A plan of the server is some ten times its text. */
const preparedLengthMax = 4_000_000;

interface Prepared {
  readonly names: Set<string>;
  length: number;
}

/** Creates the reader of a database. */
export function createReader(deps: ReaderDeps): Reader {
  const { database, catalogue, onStatement } = deps;
  const entries = new LruMap<string, Entry>(deps.shapeLimit ?? 1_000, shapesLengthMax);
  const prepared = new WeakMap<PoolClient, Prepared>();
  let names = 0;

  function entryOf(request: ReadRequest, scope: Scope, key: string, reads: readonly Read[], idsSlot: number) {
    const fullKey = `${scope.key}\n${request.id}\n${key}`;
    let entry = entries.get(fullKey);
    if (!entry) {
      const compiled = compileRead(
        database.kysely,
        catalogue,
        scope,
        request.root,
        reads,
        { slot: idsSlot },
        request.envelope,
      );
      entry = { ...compiled, name: undefined, uses: 0 };
      entries.set(fullKey, entry, fullKey.length + entry.text.length);
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
    checkValueCount(values);
    onStatement?.();
    if (name !== undefined) rememberPrepared(client, name, text.length);
    const config = { text, values, rowMode: 'array' as const };
    const [row] = await queryRows<[string]>(client, name === undefined ? config : { ...config, name });
    if (!row) throw new Error('A read returned no row.');
    return row[0];
  }

  function rememberPrepared(client: PoolClient, name: string, length: number): void {
    let known = prepared.get(client);
    if (!known) {
      known = { names: new Set(), length: 0 };
      prepared.set(client, known);
    }
    if (known.names.has(name)) return;
    known.names.add(name);
    known.length += length;
  }

  async function runAll(
    client: PoolClient,
    requests: readonly ReadRequest[],
    scope: Scope,
    isAbandoned: () => boolean,
  ) {
    const [only] = requests;
    if (requests.length === 1 && only) return [await run(client, only, scope)];
    await client.query('begin transaction isolation level repeatable read read only');
    try {
      const answers: string[] = [];
      for (const request of requests) {
        if (isAbandoned()) throw cancelled();
        answers.push(await run(client, request, scope));
      }
      return answers;
    } finally {
      // It has only read: how it ends decides nothing, and ending it frees its snapshot.
      await client.query('commit');
    }
  }

  const isWorn = (client: PoolClient) => {
    const known = prepared.get(client);
    return (
      known !== undefined && (known.names.size > preparedPerConnection || known.length > preparedLengthMax)
    );
  };

  return {
    read: (requests, scope, onAbandon) =>
      borrowClient(database, (client, isAbandoned) => runAll(client, requests, scope, isAbandoned), {
        onAbandon,
        isWorn,
      }),
  };
}
