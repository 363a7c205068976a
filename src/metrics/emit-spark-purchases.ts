// What customers bought, summed up in Spark SQL: from the sales of the warehouse, or from files that never enter it.

import { quoted } from './emit-engine-syntax.js';
import { sparkText } from './emit-spark.js';

/** Where the rows of a table lie, so that Spark reads it in parts, side by side; rows that come later are left out. */
export interface IdRange {
  readonly first: string;
  readonly last: string;
}

/** A table of the warehouse as Spark reads it by JDBC. */
export function partedTable(table: string, { first, last }: IdRange, parts: number): string {
  const options = {
    partitionColumn: 'id',
    lowerBound: first,
    // The bounds only say where to cut; the last part is open.
    upperBound: String(BigInt(last) + 1n),
    numPartitions: String(parts),
    fetchsize: '10000',
  };
  const written = Object.entries(options).map(([name, value]) => `${name} = ${sparkText(value)}`);
  return `(SELECT * FROM pg.public.${quoted(table)} WITH (${written.join(', ')}) WHERE id <= ${last})`;
}

const into = (stage: string) => `INSERT INTO pg.public.${quoted(stage)} `;

/** Sums up all sales, as `sumUpSales` does in PostgreSQL. */
export function sparkSumUpSales(stage: string, sales: string): string {
  const sold = "FILTER (WHERE s.kind = 'SALE')";
  return `${into(stage)}
SELECT coalesce(c.code, '') AS code, CAST(sum(s.amount) AS DECIMAL(38, 6)) AS total,
  count(DISTINCT s.source, s.invoice) ${sold} AS orders,
  coalesce(min(s.sold_at) ${sold}, min(s.sold_at)) AS first_purchase,
  coalesce(max(s.sold_at) ${sold}, max(s.sold_at)) AS last_purchase
FROM ${sales} AS s LEFT JOIN pg.public.dim_customer AS c ON c.id = s.customer_id
GROUP BY 1`;
}

export interface PurchaseFiles {
  readonly format: 'csv' | 'parquet';
  /** A file or a folder, as Spark is to read it. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly delimiter: string;
  readonly customerColumn: string;
  readonly amountColumn: string;
  readonly timeColumn: string | null;
  readonly orderColumn: string | null;
}

/**
 * A file whose columns stand in another order, and a line with more or fewer columns than the header, are refused rather
 * than misread; so is a value with a line break in it, which comes apart into two such lines.
 */
const csvOptions = { header: 'true', escape: '"', enforceSchema: 'false', mode: 'FAILFAST' } as const;

/** Declares the files as a view under that name. CSV is read by lines, with quotes as RFC 4180 has them, every value as text. */
export function sparkViewOfFiles(
  view: string,
  { format, path, isFolder, delimiter }: Pick<PurchaseFiles, 'format' | 'path' | 'isFolder' | 'delimiter'>,
): string {
  // Whatever the case, as the files were found.
  const anyCase = (text: string) => text.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
  const ending = anyCase(format);
  const pattern = format === 'parquet' ? `*.${ending}` : `*.{${ending},${ending}.${anyCase('gz')}}`;
  const options: Record<string, string> = {
    path,
    recursiveFileLookup: 'true',
    ...(isFolder ? { pathGlobFilter: pattern } : {}),
    ...(format === 'csv' ? { ...csvOptions, sep: delimiter } : {}),
  };
  const written = Object.entries(options).map(([name, value]) => `${name} ${sparkText(value)}`);
  return `CREATE TEMPORARY VIEW ${quoted(view)} USING ${format} OPTIONS (${written.join(', ')})`;
}

const trimmed = (ref: string) => `regexp_replace(CAST(${ref} AS STRING), ${sparkText('^\\s+|\\s+$')}, '')`;
const known = (ref: string | null) => (ref === null ? 'NULL' : `nullif(${trimmed(quoted(ref))}, '')`);

/** How times are written in files, for both engines, which by themselves would each take others too. */
export const timePattern =
  '^(?!0000)\\d{4}-\\d{2}-\\d{2}([ T]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d([.]\\d{1,6})?)?(Z|[+-](0\\d|1[0-4]):?[0-5]\\d)?)?$';

/** A time; a text that is none fails the run, and the fault names it. */
function timeOf({ timeColumn }: PurchaseFiles): string {
  const text = known(timeColumn);
  const checked = `CASE WHEN ${text} RLIKE ${sparkText(timePattern)} THEN ${text} ELSE concat('no time: ', ${text}) END`;
  return `CAST(${timeColumn === null ? text : checked} AS TIMESTAMP)`;
}

/** A code as it stands there; a whole number that was written as a fraction, such as 17850.0, is that number. */
function codeOf({ customerColumn, format }: PurchaseFiles): string {
  const text = `coalesce(${trimmed(quoted(customerColumn))}, '')`;
  const whole = `WHEN ${text} RLIKE '^[0-9]+[.]0+$' THEN substring_index(${text}, '.', 1)`;
  // Columns of floating point numbers show large ones so.
  const large =
    format === 'parquet'
      ? ` WHEN ${text} RLIKE '^[0-9]([.][0-9]+)?E[0-9]+$' THEN CAST(CAST(${text} AS DECIMAL(38, 0)) AS STRING)`
      : '';
  return `CASE ${whole}${large} ELSE ${text} END`;
}

/** Sums up the lines of a view, as `sumUpLines` does in PostgreSQL; an amount that is no number fails the run. */
export function sparkSumUpLines(stage: string, view: string, files: PurchaseFiles): string {
  const amount = `CAST(coalesce(${trimmed(quoted(files.amountColumn))}, '') AS DECIMAL(28, 6))`;
  const orders =
    files.orderColumn === null ? 'count(*)' : 'count(DISTINCT order_code) + count_if(order_code IS NULL)';
  return `${into(stage)}
SELECT code, CAST(sum(amount) AS DECIMAL(38, 6)) AS total, ${orders} AS orders, min(at) AS first_purchase, max(at) AS last_purchase
FROM (SELECT ${codeOf(files)} AS code, ${amount} AS amount, ${timeOf(files)} AS at,
  ${known(files.orderColumn)} AS order_code FROM ${quoted(view)}) AS lines
GROUP BY code`;
}
