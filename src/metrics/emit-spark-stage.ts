// What queries of Spark give, into staging tables of the warehouse; and tables of facts that stand in files.

import type { Model } from '../warehouse/catalogue.js';
import type { EngineQuery, EngineRead } from './emit-engine.js';
import { quoted } from './emit-engine-syntax.js';
import { sparkDialect } from './emit-spark.js';

/** The type that the staging column has for a column of the result. */
const types = { time: 'TIMESTAMP', text: 'STRING', decimal: 'DECIMAL(38, 12)' } as const;

/**
 * Writes the rows of a query to a staging table whose columns are those of the query that `isWanted` names, in their
 * order. A value that does not fit fails the run.
 */
export function sparkIntoStage(
  stage: string,
  { sql, columns }: EngineQuery,
  isWanted: (name: string) => boolean = () => true,
): string {
  const wanted = columns.filter(({ name }) => isWanted(name));
  const given = wanted.map(
    ({ name, type }) => `CAST(q.${quoted(name)} AS ${types[type]}) AS ${quoted(name)}`,
  );
  return `INSERT INTO pg.public.${quoted(stage)}\nSELECT ${given.join(', ')}\nFROM (${sql}) AS q`;
}

/** The columns of a fact that a query reads, by their types, from a view of CSV that holds them as text. */
export function sparkFactOfText(view: string, source: string, { model, columns }: EngineRead): string {
  const given = columns.map((column) => {
    const name = quoted(column.column);
    return `CAST(nullif(trim(${name}), '') AS ${sparkDialect.columnType(model, column)}) AS ${name}`;
  });
  return `CREATE TEMPORARY VIEW ${quoted(view)} AS SELECT ${given.join(', ')} FROM ${quoted(source)}`;
}

/** A table of the warehouse, as the catalog of the run names it. */
export function sparkTable(model: Model): string {
  return `pg.public.${quoted(model.table)}`;
}
