// Reports by Spark, over PostgreSQL by JDBC or over a folder of Parquet that Spark has written from there itself.
import { dist } from '../lib/places.mjs';

/**
 * @typedef {{ home: string, jars: readonly string[] }} SparkPlace
 * @typedef {{ title: string, sql: string, settings: Record<string, string>, columns: { name: string, type: string }[], reads: { model: { table: string } }[] }} Query
 */

const sales = 'fact_sales';

/**
 * A table in PostgreSQL as several connections read it at once; only that of the sales is large enough for it.
 * @param {string} table @param {number} from the first id @param {number} to the last id @param {number} parts
 */
function overJdbc(table, from, to, parts) {
  const options = {
    partitionColumn: 'id',
    lowerBound: String(from),
    upperBound: String(to + 1),
    numPartitions: String(parts),
    fetchsize: '10000',
  };
  const given = Object.entries(options).map(([name, value]) => `${name} = '${value}'`);
  return `pg.public.${table}${table === sales ? ` WITH (${given.join(', ')})` : ''}`;
}

/**
 * Runs statements as one program of Spark.
 * @param {SparkPlace} place @param {string} databaseUrl
 * @param {{ title: string, statements: string[], signal: AbortSignal, settings?: Record<string, string>, onDone?: (done: number) => void }} job
 */
async function run(place, databaseUrl, { statements, onDone, ...job }) {
  const { runSparkSql } = await import(dist('engines/spark/run-sql.js'));
  /** @type {string[][][]} */
  const rows = statements.map(() => []);
  /** When each statement was done, in milliseconds from the beginning. @type {number[]} */
  const doneMs = [];
  const startedMs = performance.now();
  const at = { ...place, master: 'local[*]', environment: process.env };
  await runSparkSql(at, {
    ...job,
    databaseUrl,
    statements,
    onRow: (/** @type {string[]} */ columns, /** @type {number} */ statement) =>
      rows[statement]?.push(columns),
    onDone(/** @type {number} */ done) {
      doneMs.push(performance.now() - startedMs);
      onDone?.(done);
    },
  });
  return { rows, doneMs, endedMs: performance.now() - startedMs };
}

/**
 * @param {{ place: SparkPlace, databaseUrl: string, folder: string, sizes: number[], parts: number, signal: AbortSignal }} options
 *   the folder is where the Parquet goes
 */
export function createSparkSide({ place, databaseUrl, folder, sizes, parts, signal }) {
  const small = ['dim_product', 'dim_customer', 'dim_region', 'dim_date'];
  return {
    /**
     * Writes the sales into a folder of each size, so that the folders up to a size hold it, and once all that is about them.
     * @param {(done: string) => void} progress
     */
    async writeParquet(progress) {
      const write = (/** @type {string} */ to, /** @type {string} */ from) =>
        `INSERT OVERWRITE DIRECTORY '${folder}/${to}' USING parquet SELECT * FROM ${from}`;
      const statements = [
        ...small.map((table) => write(table, overJdbc(table, 0, 0, 1))),
        ...sizes.map((size, place) => {
          const first = (sizes[place - 1] ?? 0) + 1;
          const where = `WHERE id BETWEEN ${first} AND ${size}`;
          return `${write(`${sales}/${size}`, overJdbc(sales, first, size, parts))} ${where}`;
        }),
      ];
      const { endedMs } = await run(place, databaseUrl, {
        title: 'the writing of Parquet',
        statements,
        signal,
        onDone: (done) => progress(`${done} of ${statements.length} folders`),
      });
      return endedMs / 1_000;
    },
    /**
     * Asks all queries in one program. Seconds of each are those of a clock, from the statement before it; `seconds` are
     * from the start of the program to its end.
     * @param {'parquet' | 'jdbc'} source @param {number} rows one of the sizes; @param {Query[]} queries
     * @param {(done: string) => void} progress
     */
    async ask(source, rows, queries, progress) {
      const tables = [...new Set(queries.flatMap(({ reads }) => reads.map(({ model }) => model.table)))];
      const views = tables.map((table) => {
        if (source === 'jdbc')
          return `CREATE TEMPORARY VIEW ${table} AS SELECT * FROM ${overJdbc(table, 1, rows, parts)}`;
        const folders = table === sales ? `/{${sizes.filter((size) => size <= rows).join()}}` : '';
        return `CREATE TEMPORARY VIEW ${table} USING parquet OPTIONS (path '${folder}/${table}${folders}')`;
      });
      const statements = [...views, ...queries.map(({ sql }) => sql)];
      const title = `reports from ${source === 'parquet' ? 'Parquet' : 'PostgreSQL'}`;
      const ran = await run(place, databaseUrl, {
        title,
        statements,
        signal,
        settings: Object.assign({}, ...queries.map(({ settings }) => settings)),
        onDone: (done) => {
          const next = queries[done - views.length];
          if (next !== undefined) progress(next.title);
        },
      });
      const [first = 0, ...others] = ran.doneMs.slice(views.length - 1);
      return {
        times: {
          seconds: ran.endedMs / 1_000,
          startSeconds: first / 1_000,
          querySeconds: others.map(
            (doneMs, index) => (doneMs - (ran.doneMs[views.length - 1 + index] ?? 0)) / 1_000,
          ),
        },
        answers: ran.rows.slice(views.length),
      };
    },
  };
}

/** @typedef {ReturnType<typeof createSparkSide>} SparkSide */
