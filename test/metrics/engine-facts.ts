// Awkward facts of every model for the engines, and their tables as CSV files that an engine reads.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { EngineDialect, EngineRead } from '../../src/metrics/emit-engine.js';
import { type Catalogue, type Column, columnOf, type Model } from '../../src/warehouse/catalogue.js';
import {
  type EventFact,
  type MeasurementFact,
  storeEvents,
  storeMeasurements,
} from '../support/stream-facts.js';
import { storeDecisions } from '../support/wheel-facts.js';
import type { Fact } from './oracle.js';
import { randomFacts, storeFacts } from './random-facts.js';

/** Names that SQL, CSV and JSON write in their own ways. */
const oddTexts = ['it\'s "odd"', 'back\\slash', 'Ünï 😀', `semi;colon -- \${no}`, 'null', ''];

/** Turned clocks, ends of ISO years, and times before 1970, when clocks were off by seconds too. */
const moments = [
  '2019-12-29T23:59:59.999Z',
  '2020-03-29T00:59:59.999Z',
  '2020-10-25T00:30:00Z',
  '2020-10-25T01:30:00Z',
  '2020-11-01T04:10:00Z',
  '2021-01-03T18:15:00.001Z',
  '1969-12-28T23:15:29.5Z',
  '1970-01-01T00:00:00Z',
  '1902-01-05T12:00:00.25Z',
].map((text) => Date.parse(text));

/** Halves at the seventh place, on both sides of zero, and numbers of all their digits. */
const numbers = ['0.000001', '0.000002', '-0.000001', '-0.000002', '12.5', '-7.25', '0.123456789012', '1'];

function pick<T>(items: readonly T[], place: number): T {
  const item = items[place % items.length];
  if (item === undefined) throw new Error('Nothing to pick from.');
  return item;
}

/** A purchase whose average falls on a half, a return without a sale, and an invoice that two customers share. */
const oddSales: readonly Fact[] = [
  { invoice: 'half', kind: 'SALE', customer: 'C2', amount: 1n, at: moments[0] ?? 0 },
  { invoice: 'half', kind: 'SALE', customer: 'c1', amount: 2n, at: moments[1] ?? 0 },
  { invoice: 'other', kind: 'SALE', customer: null, amount: 30_000_000_000n, at: moments[2] ?? 0 },
  { invoice: 'back', kind: 'RETURN', customer: 'Ä', amount: -123_4567n, at: moments[6] ?? 0 },
  { invoice: 'minus', kind: 'SALE', customer: 'Ä', amount: -70_001n, at: moments[4] ?? 0 },
].map((fact, line) => ({
  ...fact,
  kind: fact.kind === 'RETURN' ? 'RETURN' : 'SALE',
  source: "o'dd",
  line: line + 1,
  product: 'b',
  productName: 'Bowl',
  category: 'Küche',
  segment: null,
  region: line % 2 === 0 ? null : 'EIRE',
  quantity: fact.amount < 0n ? -30n : 30n,
}));

function events(): EventFact[] {
  return Array.from({ length: 120 }, (_, place) => ({
    id: `e${place}`,
    source: pick(['web', "o'dd"], place),
    type: pick(['view', 'view', 'click', 'purchase', 'vie"w'], place * 7),
    customer: place % 4 === 0 ? null : pick(['C2', 'c1', 'C10', 'Ä'], place),
    product: place % 5 === 0 ? null : pick(['b', 'B', 'É', '10'], place),
    atMs: pick(moments, place) + place * 1_700,
  }));
}

function measurements(): MeasurementFact[] {
  return Array.from({ length: 90 }, (_, place) => ({
    id: `m${place}`,
    source: 'plant',
    device: place % 7 === 0 ? null : pick(oddTexts, place),
    series: place % 3 === 0 ? null : pick(['temperature', 'Temperature'], place),
    value: pick(numbers, place),
    atMs: pick(moments, place * 5) + place * 900,
  }));
}

/** Fills an empty, migrated database. */
export async function storeAwkwardFacts(pool: Pool): Promise<void> {
  await pool.query(
    `insert into dim_date (id, day, year, quarter, month, day_of_month, iso_year, iso_week, weekday)
     values (19691228, '1969-12-28', 0, 0, 0, 0, 0, 0, 0)`,
  );
  await storeFacts(pool, [...randomFacts(7, 60), ...oddSales]);
  await storeEvents(pool, events());
  await storeMeasurements(pool, measurements());
  await storeDecisions(
    pool,
    Array.from({ length: 30 }, (_, place) => {
      const at = pick(moments, place);
      return {
        id: `d${place}`,
        kind: pick(['RECOMMEND', 'CAMPAIGN', 'REORDER'] as const, place),
        customer: place % 3 === 0 ? null : pick(['C2', 'Ä'], place),
        arm: place % 4 === 0 ? null : pick(['HOLDOUT', 'CHAMPION'], place),
        policy: pick(['floor', 'learner'], place),
        model: place % 2 === 0 ? null : `recommendation/${place % 3}`,
        at: new Date(at),
        slots: Array.from({ length: 1 + (place % 3) }, (_unused, slot) => ({
          product: slot === 2 ? null : pick(['b', '9', '10'], place + slot),
          shownAt: new Date(at + slot * 1000),
          ...((place + slot) % 3 === 0 ? { clickedAt: new Date(at + 86_400_000) } : {}),
        })),
      };
    }),
  );
}

/** What is read of every model, whichever query reads it. */
export function joinReads(catalogue: Catalogue, reads: readonly EngineRead[]): EngineRead[] {
  const names = new Map<string, Set<string>>();
  for (const { model, columns } of reads) {
    const known = names.get(model.name) ?? new Set();
    for (const { name } of columns) known.add(name);
    names.set(model.name, known);
  }
  return [...names].map(([name, fields]) => {
    const model = catalogue.model(name);
    return { model, columns: [...fields].map((field) => columnOf(model, field)) };
  });
}

/** What stands for NULL in the files; no text is this. */
const nullText = '\\N';

function textOf(column: Column): string {
  const ref = `"${column.column}"`;
  if (column.type !== 'DateTime') return `${ref}::text`;
  return `to_char(${ref} at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.MS"Z"')`;
}

/** Writes a table as a CSV file into a folder. */
async function writeTable(pool: Pool, { model, columns }: EngineRead, path: string): Promise<void> {
  const { rows } = await pool.query<(string | null)[]>({
    text: `select ${columns.map(textOf).join(', ')} from "${model.table}"`,
    rowMode: 'array',
  });
  const cell = (text: string | null) => (text === null ? nullText : `"${text.replaceAll('"', '""')}"`);
  await writeFile(path, rows.map((row) => `${row.map(cell).join(',')}\n`).join(''));
}

/** Writes the tables as files, and gives the statements that declare them to an engine under their own names. */
export async function exportTables(
  pool: Pool,
  reads: readonly EngineRead[],
  folder: string,
): Promise<(dialect: EngineDialect) => string[]> {
  const pathOf = (model: Model) => join(folder, `${model.table}.csv`);
  for (const read of reads) await writeTable(pool, read, pathOf(read.model));
  return (dialect) =>
    reads.map(({ model, columns }) => {
      const list = columns
        .map((column) => `\`${column.column}\` ${dialect.columnType(model, column)}`)
        .join(', ');
      return dialect.name === 'spark'
        ? `CREATE TEMPORARY VIEW \`${model.table}\` (${list}) USING csv OPTIONS (path '${pathOf(model)}', escape '"', nullValue '\\\\N', emptyValue '')`
        : `CREATE TABLE \`${model.table}\` (${list}) WITH ('connector' = 'filesystem', 'path' = 'file://${pathOf(model)}', 'format' = 'csv', 'csv.null-literal' = '${nullText}')`;
    });
}
