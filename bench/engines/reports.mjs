// Reports over the whole of a history, by PostgreSQL and by Spark, at several sizes: the same rows, and the seconds of each.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { dist } from '../lib/places.mjs';
import { median } from '../lib/statistics.mjs';
import { openHistory } from './history.mjs';
import { checkSame, linesOfReport, linesOfSpark } from './same-rows.mjs';
import { createSparkSide } from './spark.mjs';

export const questions = [
  {
    title: 'revenue, orders, customers by month',
    request: { metrics: ['REVENUE', 'ORDERS', 'CUSTOMERS'], grain: 'MONTH' },
  },
  {
    title: 'revenue by quarter and region',
    request: { metrics: ['REVENUE'], grain: 'QUARTER', by: ['REGION'] },
  },
  {
    title: 'revenue, units by week and category',
    request: { metrics: ['REVENUE', 'UNITS'], grain: 'WEEK', by: ['CATEGORY'] },
  },
];

const rowsOnly = { rows: true, totals: false, freshness: false };

/**
 * @typedef {{ engine: string, rows: number, seconds: number, startSeconds: number, querySeconds: number[] }} Figure of all
 *   questions together, and of each
 * @typedef {object} Options
 * @property {{ url: string }} warehouse
 * @property {string} folder
 * @property {number[]} sizes rising
 * @property {string[]} sources parquet, jdbc
 * @property {number} rounds of PostgreSQL
 * @property {import('./spark.mjs').SparkPlace | undefined} spark undefined: PostgreSQL alone
 * @property {{ step: <T>(title: string, work: (say: (detail: string) => void) => Promise<T>) => Promise<T> }} progress
 * @property {AbortSignal} signal
 */

/** @param {Options} options */
export async function measureReports(options) {
  const { warehouse, folder, sizes, sources, spark, progress, signal } = options;
  const { migrate } = await import(dist('warehouse/migrate.js'));
  const history = await openHistory(warehouse.url, migrate);
  const postgres = await openPostgresSide(options);
  const parts = 2 * availableParallelism();
  const parquet = join(folder, 'parquet');
  const side =
    spark &&
    createSparkSide({ place: spark, databaseUrl: warehouse.url, folder: parquet, sizes, parts, signal });
  /** @type {Figure[]} */
  const figures = [];
  /** By size, the rows of each question. @type {Map<number, string[][]>} */
  const expected = new Map();
  const made = [];
  try {
    for (const rows of sizes) {
      const grown = await progress.step(`Making ${million(rows)} million sales`, (say) =>
        history.grow(rows, {
          connections: availableParallelism(),
          signal,
          progress: (done) => say(done < rows ? `${million(done)} million` : 'building the indexes'),
        }),
      );
      made.push({ rows, ...grown });
      const { figure, lines } = await postgres.ask(rows);
      figures.push(figure);
      expected.set(rows, lines);
      if (side && sources.includes('jdbc')) figures.push(await askSpark(side, 'jdbc', rows, lines, options));
    }
    let parquetSeconds;
    if (side && sources.includes('parquet')) {
      parquetSeconds = await progress.step('Writing Parquet', (say) => side.writeParquet(say));
      for (const [rows, lines] of expected)
        figures.push(await askSpark(side, 'parquet', rows, lines, options));
    }
    return { figures, made, parquetSeconds };
  } finally {
    await postgres.close();
    await history.close();
  }
}

/** PostgreSQL as the gateway asks it, though with no limit of time. @param {Options} options */
async function openPostgresSide({ warehouse, rounds, progress, signal }) {
  const { createDatabase } = await import(dist('warehouse/database.js'));
  const { createReports } = await import(dist('metrics/reports.js'));
  const { definitions } = await import(dist('metrics/definitions.js'));
  const { catalogue } = await import(dist('warehouse/catalogue.js'));
  const { openScope } = await import(dist('core/scope.js'));
  const database = createDatabase({ url: warehouse.url, statementTimeoutMs: 0 });
  const reports = createReports({ database, catalogue, definitions });
  return {
    /** @param {number} rows that are there */
    async ask(rows) {
      /** @type {string[][]} */
      const lines = [];
      const taken = questions.map(() => /** @type {number[]} */ ([]));
      await progress.step(`PostgreSQL, ${million(rows)} million`, async (say) => {
        for (let round = 0; round < rounds; round += 1) {
          for (const [place, { title, request }] of questions.entries()) {
            signal.throwIfAborted();
            say(title);
            const startedMs = performance.now();
            const report = await reports.report(request, openScope, { parts: rowsOnly });
            taken[place]?.push((performance.now() - startedMs) / 1_000);
            if (report.truncated) throw new Error(`${title} has more rows than a report gives.`);
            lines[place] = linesOfReport(report.rows);
          }
        }
      });
      const querySeconds = taken.map(median);
      const seconds = querySeconds.reduce((sum, each) => sum + each, 0);
      return { lines, figure: { engine: 'postgres', rows, seconds, startSeconds: 0, querySeconds } };
    },
    close: () => database.close(),
  };
}

/**
 * The seconds of Spark, whose rows must be those of PostgreSQL.
 * @param {import('./spark.mjs').SparkSide} side @param {'parquet' | 'jdbc'} source @param {number} rows
 * @param {string[][]} expected @param {Options} options
 * @returns {Promise<Figure>}
 */
async function askSpark(side, source, rows, expected, { progress }) {
  const { planReport } = await import(dist('metrics/plan-report.js'));
  const { definitions } = await import(dist('metrics/definitions.js'));
  const { sparkDialect } = await import(dist('metrics/emit-spark.js'));
  const { catalogue } = await import(dist('warehouse/catalogue.js'));
  const tables = { table: (/** @type {{ table: string }} */ model) => model.table };
  const queries = questions.map(({ title, request }) => ({
    title,
    ...sparkDialect.report(catalogue, planReport(definitions, catalogue, request, rowsOnly), tables),
  }));
  const { times, answers } = await progress.step(`Spark, ${million(rows)} million from ${source}`, (say) =>
    side.ask(source, rows, queries, say),
  );
  for (const [place, { title, request }] of questions.entries()) {
    const names = { dimensions: request.by ?? [], metrics: request.metrics };
    const found = linesOfSpark(answers[place] ?? [], queries[place], names);
    checkSame(`Spark from ${source}, ${title}`, expected[place] ?? [], found);
  }
  return { engine: source, rows, ...times };
}

/** @param {number} rows */
export function million(rows) {
  return String(rows / 1e6);
}
