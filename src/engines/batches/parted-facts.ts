// Tables of facts as Spark reads them in parts, side by side.

import { partedTable } from '../../metrics/emit-spark-purchases.js';
import { readIdRange } from '../../warehouse/batches/id-range.js';
import { findColumn, type Model } from '../../warehouse/catalogue.js';
import type { Database } from '../../warehouse/database.js';

/** The tables of models that have an id and rows; Spark reads others in one piece. */
export async function partedFacts(
  database: Pick<Database, 'kysely'>,
  models: readonly Model[],
): Promise<ReadonlyMap<Model, string>> {
  const parted = new Map<Model, string>();
  for (const model of new Set(models)) {
    if (findColumn(model, 'id')?.type !== 'BigInt') continue;
    const range = await readIdRange(database, model.table);
    if (range !== null) parted.set(model, partedTable(model.table, range, range.parts));
  }
  return parted;
}
