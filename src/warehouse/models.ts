// The models of the services and which of them serve: the tables `model` and `model_champion`.

import { sql } from 'kysely';
import type { Database } from './database.js';
import { explainDatabaseError } from './database-error.js';
import { stepsOfModel } from './model-trials.js';
import type { Session } from './session.js';

/** A model as it is stored: what is JSON to others is text here. */
export interface NewModelRow {
  readonly service: string;
  readonly rows: string;
  readonly dataFrom: Date | null;
  readonly dataTo: Date | null;
  readonly position: string | null;
  readonly seed: number;
  readonly parameters: string;
  readonly quality: string;
  readonly measure: string;
  readonly better: string;
  readonly bytes: Buffer;
}

export interface ModelRow extends Omit<NewModelRow, 'seed' | 'bytes'> {
  readonly version: number;
  readonly trainedAt: Date;
  readonly promotedAt: Date | null;
  readonly seed: string;
  readonly sizeBytes: number;
  /** Whether its bytes are still there. */
  readonly isKept: boolean;
  /** The version of its service that serves; null before the first. */
  readonly champion: number | null;
  /** The version of its service that serves a share beside it; null without one. */
  readonly challenger: number | null;
  /** What was done with it, as `modelStepRows` reads it. */
  readonly steps: unknown;
}

/** The channel that says the name of a service whose champion or challenger has changed. */
export const championChannel = 'flywheel_champion';

interface Wanted {
  readonly service?: string | undefined;
  readonly version?: number;
  /** Only what serves in that role. */
  readonly role?: 'champion' | 'challenger';
  /** How many at most. */
  readonly first?: number | undefined;
}

function selectModels({ service, version, role, first }: Wanted) {
  return sql<ModelRow>`
    SELECT service, model.version, trained_at AS "trainedAt", promoted_at AS "promotedAt", rows,
      data_from AS "dataFrom", data_to AS "dataTo", position, seed, parameters, quality, measure, better,
      coalesce(size_bytes, octet_length(bytes)) AS "sizeBytes", bytes IS NOT NULL AS "isKept",
      model_champion.version AS champion, challenger, ${stepsOfModel} AS steps
    FROM model LEFT JOIN model_champion USING (service)
    WHERE (${service ?? null}::text IS NULL OR service = ${service ?? null})
      AND (${version ?? null}::int IS NULL OR model.version = ${version ?? null})
      AND (${role ?? null}::text IS NULL OR model.version
        = CASE ${role ?? null} WHEN 'champion' THEN model_champion.version ELSE challenger END)
    ORDER BY trained_at DESC, model.version DESC, service
    LIMIT ${first ?? null}::int`;
}

/** Models without their bytes, newest first: all, those of a service, or one; as many as are wanted. */
export async function readModels(
  { kysely }: Pick<Database, 'kysely'>,
  wanted: Wanted = {},
): Promise<readonly ModelRow[]> {
  try {
    return (await selectModels(wanted).execute(kysely)).rows;
  } catch (error) {
    throw explainDatabaseError(error);
  }
}

/** What serves in that role, without its bytes. */
export async function readServing(
  database: Pick<Database, 'kysely'>,
  service: string,
  role: 'champion' | 'challenger',
): Promise<ModelRow | undefined> {
  const [serving] = await readModels(database, { service, role });
  return serving;
}

/** The champion as a transaction sees it. */
export async function championIn(session: Session, service: string): Promise<ModelRow | undefined> {
  const [champion] = await session.rows(selectModels({ service, role: 'champion' }));
  return champion;
}

/** As text on the wire a slice is twice as long, and a string; a whole model could be longer than a string may be. */
const sliceBytes = 8 * 1024 * 1024;

/** The bytes of a model; undefined without it, null once they are dropped. */
export async function readModelBytes(
  { kysely }: Pick<Database, 'kysely'>,
  service: string,
  version: number,
): Promise<Buffer | null | undefined> {
  const slices: Buffer[] = [];
  try {
    for (let from = 1; ; from += sliceBytes) {
      const { rows } = await sql<{ slice: Buffer | null }>`
        SELECT substring(bytes FROM ${from} FOR ${sliceBytes}) AS slice
        FROM model WHERE service = ${service} AND version = ${version}`.execute(kysely);
      const slice = rows[0]?.slice;
      if (slice === undefined || slice === null) return slice;
      slices.push(slice);
      if (slice.length < sliceBytes) return Buffer.concat(slices);
    }
  } catch (error) {
    throw explainDatabaseError(error);
  }
}

/** One change of a service's models at a time, until the end of the transaction. */
export async function lockModels(session: Session, service: string): Promise<void> {
  await session.run(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`flywheel model ${service}`}, 0))`);
}

/** Adds a model; its version. The models of the service must be locked. */
export async function insertModel(session: Session, row: NewModelRow): Promise<number> {
  const [added] = await session.rows(sql<{ version: number }>`
    INSERT INTO model (service, version, rows, data_from, data_to, position, seed, parameters, quality, measure,
      better, bytes)
    SELECT ${row.service}::text, coalesce(max(version), 0) + 1, ${row.rows}, ${row.dataFrom}::timestamptz,
      ${row.dataTo}::timestamptz, ${row.position}, ${row.seed}::bigint, ${row.parameters}, ${row.quality},
      ${row.measure}, ${row.better}, ${row.bytes}::bytea
    FROM model WHERE service = ${row.service}
    RETURNING version`);
  if (added === undefined) throw new Error('An INSERT of one row returned none.');
  return added.version;
}

/**
 * Makes a model that exists the champion, without a challenger; nothing happens when it is. Whether anything did. The
 * models of the service must be locked.
 */
export async function makeChampion(session: Session, service: string, version: number): Promise<boolean> {
  const changed = await session.run(sql`
    INSERT INTO model_champion (service, version, before) VALUES (${service}, ${version}, '{}')
    ON CONFLICT (service) DO UPDATE
    SET version = excluded.version, before = model_champion.before || model_champion.version,
      challenger = NULL, challenger_since = NULL
    WHERE model_champion.version <> excluded.version`);
  if (changed > 0) await noteChampion(session, service, version);
  return changed > 0;
}

/** Makes the champion before this one the champion, without a challenger; its version, or undefined when there was none. */
export async function restoreChampion(session: Session, service: string): Promise<number | undefined> {
  const [restored] = await session.rows(sql<{ version: number }>`
    UPDATE model_champion SET version = before[cardinality(before)], before = trim_array(before, 1),
      challenger = NULL, challenger_since = NULL
    WHERE service = ${service} AND cardinality(before) > 0
    RETURNING version`);
  if (restored !== undefined) await noteChampion(session, service, restored.version);
  return restored?.version;
}

/** How many of the newest models of a service keep their bytes, and how many of its champions beside the one that serves. */
const keptModels = 5;
const keptChampions = 10;

/**
 * Drops the bytes of models that hardly anybody promotes any more: those that never served, beyond the newest, and earlier
 * champions, beyond the last ones and the last that rollbacks lead to. The models of the service must be locked.
 */
export async function dropOldModels(session: Session, service: string): Promise<void> {
  await session.run(sql`
    WITH newest AS (
      SELECT version FROM model WHERE service = ${service} ORDER BY version DESC LIMIT ${keptModels}
    ), champions AS (
      SELECT model.version FROM model JOIN model_champion USING (service)
      WHERE service = ${service} AND promoted_at IS NOT NULL AND model.version <> model_champion.version
      ORDER BY promoted_at DESC, model.version DESC LIMIT ${keptChampions}
    ), back AS (
      SELECT unnest(before[greatest(cardinality(before) - ${keptChampions - 1}::int, 1):]) AS earlier
      FROM model_champion WHERE service = ${service}
    ), serving AS (
      SELECT unnest(ARRAY[version, coalesce(challenger, version)]) AS version FROM model_champion WHERE service = ${service}
    )
    UPDATE model SET size_bytes = octet_length(bytes), bytes = NULL
    WHERE service = ${service} AND bytes IS NOT NULL AND version NOT IN (
      SELECT version FROM newest UNION SELECT version FROM champions UNION SELECT earlier FROM back
      UNION SELECT version FROM serving)`);
}

async function noteChampion(session: Session, service: string, version: number): Promise<void> {
  await session.run(sql`
    UPDATE model SET promoted_at = now() WHERE service = ${service} AND version = ${version}`);
  await tellOfServing(session, service);
}

/** Says, once the transaction is committed, that the champion or the challenger of a service may be another. */
export async function tellOfServing(session: Session, service: string): Promise<void> {
  await session.run(sql`SELECT pg_notify(${championChannel}, ${service})`);
}
