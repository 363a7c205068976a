// One file into the warehouse: all of it in one transaction, or nothing.

import { sql } from 'kysely';
import type pg from 'pg';
import { FlywheelError } from '../../core/errors.js';
import { type Catalogue, catalogue as ownCatalogue } from '../catalogue.js';
import type { Database } from '../database.js';
import { createSession, type Session } from '../session.js';
import { builtInMappings } from './built-in-mappings.js';
import { planLoad } from './check-mapping.js';
import { isLargeBesides, isNewSource, noteTouchedBySource } from './direct.js';
import { fillTable } from './fill.js';
import { createFollowing, type FactsFollower, type Following } from './follower.js';
import { type Rebuild, takeOffIndexes } from './indexes.js';
import { analyze, noteFile, prepare } from './journal.js';
import { settleLatest } from './latest.js';
import { explainLoadError, mappingFaults } from './load-errors.js';
import { readMapping } from './mapping.js';
import { canCountPlaces, createPlaceCounter, TooManyGroups } from './places.js';
import type { LoadPlan } from './plan.js';
import { readRecords } from './read-records.js';
import { openTextFile, type TextFile } from './read-text.js';
import { createRejects, type RejectedRow, type Rejects } from './rejects.js';
import { type Changes, createStage, lineColumn, replaceGroups, stageTable, touchedTable } from './stage.js';
import { upsertRows } from './upsert.js';
import { createVoteCounter } from './votes.js';

export type LoadPhase = 'waiting' | 'reading' | 'comparing' | 'indexing' | 'finishing';

export interface LoadProgress {
  readonly phase: LoadPhase;
  /** Good rows that were sent to the database. */
  readonly rows: number;
  readonly bytesRead: number;
  readonly sizeBytes: number;
}

export interface LoadOptions {
  readonly database: Pick<Database, 'pool' | 'kysely'>;
  /** The path of the file, gzip or plain. */
  readonly file: string;
  /** The content of MAP.json, already parsed; or `format`, the name of a mapping that ships with the loader. */
  readonly mapping?: unknown;
  readonly format?: string;
  /** Do everything, say what was done, and take it back. */
  readonly dryRun?: boolean;
  /** Stop at the first bad row. */
  readonly strict?: boolean;
  readonly onProgress?: (progress: LoadProgress) => void;
  /** The tables of the warehouse; our own unless said otherwise. */
  readonly catalogue?: Catalogue;
  /** Follows what the load does to facts, in its transaction. */
  readonly follower?: FactsFollower;
}

export interface LoadSummary extends Changes {
  readonly file: string;
  readonly model: string;
  readonly source: string | undefined;
  readonly dryRun: boolean;
  /** Good rows in the file. */
  readonly rows: number;
  readonly rejected: number;
  /** The first bad rows; all of them are in the table load_reject. */
  readonly rejects: readonly RejectedRow[];
  /** Members of dimensions that were created, by model. */
  readonly created: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

/** A guess at the bytes of a row, good enough to tell a large file from a small one. */
const rowBytes = { plain: 90, packed: 14 };

/**
 * Loads a file. Afterwards all of it is there or, when this rejects, nothing; the same file again changes nothing. A
 * fact's file replaces every group (such as an invoice) of its source that it contains; other files complete rows by
 * their key. Two loads at once take turns. Memory does not depend on the file's size.
 *
 * Readers see the state before until the load commits. They wait only while a large file goes into a table that holds
 * next to nothing, because its indexes are built afterwards.
 *
 * Rejects with BAD_INPUT for whatever is wrong with the file or the mapping, UNAVAILABLE when the database is lost.
 */
export async function loadFile(options: LoadOptions): Promise<LoadSummary> {
  const plan = planOf(options);
  const startedAt = performance.now();
  const summary =
    (await loadOnce(options, plan, true)) ??
    // The direct way found that it cannot decide everything in memory: the database has to.
    (await loadOnce(options, plan, false));
  if (!summary) throw new Error('A staged load asked to be staged.');
  return { ...summary, durationMs: performance.now() - startedAt };
}

/**
 * The plan of a mapping, or of a format that ships with the loader. Throws BAD_INPUT, which names every fault of the
 * mapping at once; needs no database.
 */
export function planOf({
  mapping,
  format,
  catalogue,
}: Pick<LoadOptions, 'mapping' | 'format' | 'catalogue'>): LoadPlan {
  if (mapping === undefined && (format === undefined || !Object.hasOwn(builtInMappings, format))) {
    const names = Object.keys(builtInMappings).join(', ');
    throw new FlywheelError(
      'BAD_INPUT',
      `There is no format "${format ?? ''}"; formats are ${names}, and --mapping takes any other file.`,
    );
  }
  const read = readMapping(mapping ?? builtInMappings[format ?? '']);
  const understood = read.ok ? read.mapping : read.partial;
  const planned = understood && planLoad(understood, catalogue ?? ownCatalogue);
  if (read.ok && planned?.ok) return planned.plan;
  const unread = read.ok ? [] : read.faults;
  // A setting that could not be read looks as if it were missing; only its true fault is named.
  const others = planned?.ok === false ? planned.faults : [];
  const isUnread = (fault: string) =>
    unread.some((other) => other.startsWith(fault.slice(0, fault.indexOf(':'))));
  throw mappingFaults([...unread, ...others.filter((fault) => !isUnread(fault))]);
}

/** Undefined: nothing was done, and the file must be staged. */
async function loadOnce(
  options: LoadOptions,
  plan: LoadPlan,
  mayBeDirect: boolean,
): Promise<LoadSummary | undefined> {
  const text = await openTextFile(options.file, plan.mapping.encoding ?? 'utf-8');
  const client = await connect(options.database.pool);
  let broken = false;
  // A lost connection also fails the statement that is under way; unheard, it would end the process.
  const onLost = () => {};
  client.on('error', onLost);
  try {
    await client.query('BEGIN');
    const session = createSession(client, options.database.kysely);
    const result = await run(options, plan, text, session, mayBeDirect);
    await client.query(options.dryRun ? 'ROLLBACK' : 'COMMIT');
    return result;
  } catch (error) {
    broken = await rollBack(client);
    if (mayBeDirect && (error instanceof TooManyGroups || isMetByOthers(error))) return undefined;
    throw explainLoadError(error, options.file);
  } finally {
    client.off('error', onLost);
    client.release(broken);
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw explainLoadError(error, '');
  }
}

/** True when the connection cannot be used any more. */
async function rollBack(client: pg.PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return false;
  } catch {
    return true;
  }
}

/** The key of a row was there, or somebody who brings the same one waited for this load while it waited for him. */
function isMetByOthers(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '23505' || error.code === '40P01');
}

async function run(
  options: LoadOptions,
  plan: LoadPlan,
  text: TextFile,
  session: Session,
  mayBeDirect: boolean,
): Promise<LoadSummary> {
  let rows = 0;
  const progress = (phase: LoadPhase) =>
    options.onProgress?.({ phase, rows, bytesRead: text.bytesRead(), sizeBytes: text.sizeBytes });
  await prepare(session, () => progress('waiting'));
  const rejects = createRejects(session, plan, options.strict ?? false);
  const votes = createVoteCounter(session, plan);
  const expectedRows = text.sizeBytes / (text.packed ? rowBytes.packed : rowBytes.plain);
  const direct = mayBeDirect && canCountPlaces(plan, expectedRows) && (await isNewSource(session, plan));
  const large =
    !options.dryRun && plan.fact !== undefined && (await isLargeBesides(session, plan, expectedRows));
  const following = createFollowing(session, plan, options.dryRun ? undefined : options.follower);
  const takeOff = async () => {
    if (!large) return undefined;
    await following.begin();
    return takeOffIndexes(session, plan.model.table);
  };
  // A staged file needs the table, and so makes readers wait, only once it is read.
  const rebuild = direct ? await takeOff() : undefined;
  if (!direct) await createStage(session, plan);
  const target = direct
    ? { table: plan.model.table, lineColumn: undefined, place: createPlaceCounter(plan) }
    : { table: stageTable, lineColumn, place: undefined };
  const onRows = (count: number) => {
    rows = count;
    progress('reading');
  };
  const batches = readRecords(text.pieces, options.file, plan.mapping, plan.inputs);
  const filled = await fillTable({ session, plan, rejects, votes, target, onRows }, batches);
  rejects.checkShare(filled.rows);
  const changes = direct
    ? await finishDirect(session, plan, filled.rows, rebuild, following, progress)
    : await finishStaged(session, plan, rejects, takeOff, following, progress);
  progress('finishing');
  await following.end();
  await votes.settle();
  if (plan.fact && changes.inserted + changes.deleted > 0) await settleLatest(session, plan, touchedTable);
  const repeated = direct ? 0 : filled.rows - changes.inserted - changes.updated - changes.unchanged;
  const goodRows = plan.fact ? filled.rows - repeated : filled.rows;
  const mapping = JSON.stringify(options.mapping ?? builtInMappings[options.format ?? '']);
  await noteFile(
    session,
    plan,
    { file: options.file, sha256: text.sha256(), mapping, rows: goodRows },
    rejects,
  );
  if (!options.dryRun) await analyze(session, plan, changes);
  return {
    ...changes,
    file: options.file,
    model: plan.model.name,
    source: plan.source,
    dryRun: options.dryRun ?? false,
    rows: goodRows,
    rejected: rejects.count(),
    rejects: rejects.shown(),
    created: Object.fromEntries(
      plan.dimensions.map((dimension, index) => [
        dimension.model.name,
        filled.members[index]?.created() ?? 0,
      ]),
    ),
    warnings: filled.rows === 0 ? ['The file has no good rows.'] : neverSeen(filled.neverSeen),
    durationMs: 0,
  };
}

function neverSeen(columns: readonly string[]): string[] {
  return columns.map((column) => `No row has "${column}", which the mapping names; its fields stay empty.`);
}

async function finishDirect(
  session: Session,
  plan: LoadPlan,
  inserted: number,
  rebuild: Rebuild | undefined,
  following: Following,
  progress: (phase: LoadPhase) => void,
): Promise<Changes> {
  if (rebuild) {
    progress('indexing');
    await rebuild();
  }
  await noteTouchedBySource(session, plan);
  await following.note(
    sql`FROM ${sql.table(plan.model.table)} AS fact WHERE ${sql.ref(`fact.${plan.key[0] ?? ''}`)} = ${plan.source ?? ''}`,
  );
  return { inserted, updated: 0, deleted: 0, unchanged: 0 };
}

async function finishStaged(
  session: Session,
  plan: LoadPlan,
  rejects: Rejects,
  takeOff: () => Promise<Rebuild | undefined>,
  following: Following,
  progress: (phase: LoadPhase) => void,
): Promise<Changes> {
  progress('comparing');
  await session.run(sql`ANALYZE ${sql.table(stageTable)}`);
  await following.begin();
  if (!plan.fact) {
    const upserted = await upsertRows(session, plan);
    // Rows that are completed one by one leave no trace of which they were.
    if (upserted.inserted + upserted.updated > 0)
      await following.note(sql`FROM ${sql.table(plan.model.table)} AS fact`);
    return upserted;
  }
  const rebuild = await takeOff();
  const changes = await replaceGroups(session, plan, plan.fact, rejects, following);
  if (rebuild) {
    progress('indexing');
    await rebuild();
  }
  return changes;
}
