// The figures of reports as tables: what was measured, and the size from which Spark wins on paper.
import { availableParallelism } from 'node:os';
import { million, questions } from './reports.mjs';
import { crossing, lineThrough } from './straight-line.mjs';

/** @typedef {Awaited<ReturnType<typeof import('./reports.mjs').measureReports>>} Measured */

const coresOnPaper = [8, 32, 128];
const titles = {
  postgres: 'PostgreSQL',
  parquet: 'Spark, from Parquet',
  jdbc: 'Spark, from PostgreSQL by JDBC',
};

/** @param {string} engine */
const titleOf = (engine) => Reflect.get(titles, engine);
/** @param {number} seconds */
const brief = (seconds) => seconds.toFixed(Math.abs(seconds) < 10 ? 1 : 0);

/** @param {Measured['figures']} figures */
const enginesOf = (figures) => [...new Set(figures.map(({ engine }) => engine))];

/** @param {Measured} measured @returns {import('../lib/report.mjs').Table} */
export function secondsTable({ figures }) {
  const sizes = [...new Set(figures.map(({ rows }) => rows))];
  const baseOf = (/** @type {number} */ rows) =>
    figures.find((figure) => figure.engine === 'postgres' && figure.rows === rows)?.seconds ?? Number.NaN;
  return {
    head: [
      'seconds for all reports (× PostgreSQL): start + each',
      ...sizes.map((rows) => `${million(rows)} million`),
    ],
    rows: enginesOf(figures).map((engine) => [
      titleOf(engine),
      ...sizes.map((rows) => {
        const figure = figures.find((one) => one.engine === engine && one.rows === rows);
        if (!figure) return '–';
        const parts = [...(engine === 'postgres' ? [] : [figure.startSeconds]), ...figure.querySeconds];
        return `${brief(figure.seconds)} (${(figure.seconds / baseOf(rows)).toFixed(2)}): ${parts.map(brief).join(' + ')}`;
      }),
    ]),
  };
}

/** @param {number | undefined} rows */
function fromHowMany(rows) {
  if (rows === undefined) return 'never';
  return rows === 0 ? 'always' : `${(rows / 1e6).toPrecision(2)} million`;
}

/**
 * A straight line for each engine, and where Spark's crosses PostgreSQL's: with the cores that there are, and on paper with more of
 * them for Spark alone.
 * @param {Measured} measured @returns {import('../lib/report.mjs').Table}
 */
export function paperTable({ figures }) {
  const cores = availableParallelism();
  const lineOf = (/** @type {string} */ engine) =>
    lineThrough(figures.filter((figure) => figure.engine === engine));
  const postgres = lineOf('postgres');
  return {
    head: [
      'a straight line through the sizes',
      'start, s',
      's per million',
      `wins from, ${cores} cores as here`,
      ...coresOnPaper.map((many) => `on paper, ${many} cores for Spark`),
    ],
    rows: enginesOf(figures).map((engine) => {
      const line = lineOf(engine);
      const wins = (/** @type {number} */ many) =>
        fromHowMany(crossing(postgres, { ...line, perMillion: (line.perMillion * cores) / many }));
      const more = coresOnPaper.map((many) => (engine === 'parquet' ? wins(many) : '–'));
      return [
        titleOf(engine),
        brief(line.start),
        line.perMillion.toFixed(2),
        engine === 'postgres' ? '–' : wins(cores),
        ...more,
      ];
    }),
  };
}

/** What the figures rest on. @param {Measured} measured */
export function reportsNotes({ figures, made, parquetSeconds }) {
  const ofMade = made.map(
    ({ rows, fillSeconds, indexSeconds, vacuumSeconds, gigabytes }) =>
      `up to ${million(rows)} million in ${brief(fillSeconds)} s, indexes ${brief(indexSeconds)} s, vacuum ${brief(vacuumSeconds)} s, ` +
      `${gigabytes.toFixed(1)} GB in PostgreSQL`,
  );
  const same =
    enginesOf(figures).length > 1 ? 'Spark gave the same rows as PostgreSQL, to the last unit. ' : '';
  return (
    `The reports over the whole history: ${questions.map(({ title }) => title).join('; ')}. ${same}` +
    'Spark asks all of them in one program, whose start and end count; PostgreSQL runs already, with the settings of the embedded one. ' +
    'Each line is fitted by least squares of relative errors over the sizes. On paper, more cores divide what a row costs Spark and ' +
    "nothing else: neither its start, nor PostgreSQL's times, nor the reading from PostgreSQL by JDBC, which is why that has none. " +
    `Made: ${ofMade.join('; ')}${parquetSeconds === undefined ? '' : `; Parquet of all of it in ${brief(parquetSeconds)} s`}.`
  );
}
