// One definition, three dialects: the same questions to PostgreSQL, Flink and Spark, over the same facts, to the last unit.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScope } from '../../src/core/scope.js';
import { createSqlGateway } from '../../src/engines/flink/sql-gateway.js';
import { runSparkSql } from '../../src/engines/spark/run-sql.js';
import { definitions } from '../../src/metrics/definitions.js';
import type { EngineDialect, EngineQuery, EngineTables } from '../../src/metrics/emit-engine.js';
import { flinkDialect } from '../../src/metrics/emit-flink.js';
import { sparkDialect } from '../../src/metrics/emit-spark.js';
import { planLiveCuts } from '../../src/metrics/live-cuts.js';
import { planReport } from '../../src/metrics/plan-report.js';
import type { Report, ReportRequest } from '../../src/metrics/report.js';
import { createReports } from '../../src/metrics/reports.js';
import { catalogue, type Model } from '../../src/warehouse/catalogue.js';
import { describeWithFlink, flinkStartTimeoutMs, startOwnFlink } from '../support/flink.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { describeWithSpark, localSpark, sparkInstallTimeoutMs } from '../support/spark.js';
import { describeWhenAsked } from '../support/when-asked.js';
import { representativeCuts, restatedRows, sortedRows } from './engine-cuts.js';
import { exportTables, joinReads, storeAwkwardFacts } from './engine-facts.js';
import { questions } from './engine-questions.js';

/** A row as every engine tells it: when, the keys with their labels, and the values without trailing zeros. */
type Row = readonly (string | null)[];

/** What is asked of an engine, and what PostgreSQL answers. */
interface Question {
  readonly title: string;
  query(dialect: EngineDialect, tables: EngineTables): EngineQuery;
  readonly answer: readonly Row[];
  /** Whether the answer has an order. */
  readonly isOrdered: boolean;
}

let database: TestDatabase;
let folder: string;
let tablesFor: (dialect: EngineDialect) => string[];
let asked: readonly Question[];

/** Tables of the engine's own, over files. */
const files = { table: (model: Model) => `\`${model.table}\`` };
/** Those of the warehouse, over JDBC. */
const warehouse = { table: (model: Model) => `pg.public.\`${model.table}\`` };

async function reportQuestions(): Promise<Question[]> {
  const reports = createReports({ database, catalogue, definitions });
  const parts = { rows: true, totals: false, freshness: false };
  const found: Question[] = [];
  for (const request of questions) {
    const plan = planReport(definitions, catalogue, request, parts);
    found.push({
      title: JSON.stringify(request),
      query: (dialect, tables) => dialect.report(catalogue, plan, tables),
      answer: rowsOf(await reports.report(request, openScope), request),
      isOrdered: true,
    });
  }
  return found;
}

async function cutQuestions(): Promise<Question[]> {
  const found: Question[] = [];
  for (const given of representativeCuts(planLiveCuts(catalogue, definitions))) {
    const { part, cut } = given;
    found.push({
      title: `${cut.name} from ${part.model.name}`,
      query: (dialect, tables) => dialect.cut(catalogue, { part, cut, from: null, to: null }, tables),
      answer: await restatedRows(database, given),
      isOrdered: false,
    });
  }
  return found;
}

function rowsOf({ rows }: Report, { grain, by }: ReportRequest): Row[] {
  const labelled = (by ?? []).map((name) => {
    const dimension = definitions.findDimension(name);
    return dimension?.by.kind === 'field' && dimension.by.label !== undefined;
  });
  return rows.map(({ at, keys, values }) => [
    ...((grain ?? 'ALL') === 'ALL' ? [] : [at?.toISOString() ?? null]),
    ...keys.flatMap(({ value, label }, place) => (labelled[place] ? [value, label] : [value])),
    ...values.map(({ value }) => value),
  ]);
}

/** What an engine's columns say, in the form of the answers. */
function readRow(query: EngineQuery, columns: readonly (string | null)[]): Row {
  return query.columns.map(({ type }, place) => {
    const text = columns[place] ?? null;
    if (text === null || type === 'text') return text;
    if (type === 'time') return new Date(`${text.replace(' ', 'T').replace('Z', '')}Z`).toISOString();
    return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  });
}

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), `flywheel-test-${process.pid}-engines-`));
  await storeAwkwardFacts(database.pool);
  asked = [...(await reportQuestions()), ...(await cutQuestions())];
  const reads = asked.flatMap(({ query }) => query(flinkDialect, files).reads);
  tablesFor = await exportTables(database.pool, joinReads(catalogue, reads), folder);
}, 120_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await database.close();
});

/** Many questions over little: what makes Spark fast over much would cost more than the answers. */
const forSmallTables = {
  'spark.sql.codegen.wholeStage': 'false',
  'spark.sql.codegen.factoryMode': 'NO_CODEGEN',
  'spark.sql.adaptive.enabled': 'false',
  'spark.sql.shuffle.partitions': '1',
};

function check({ title, answer, isOrdered }: Question, place: number, told: readonly Row[]): void {
  expect.soft(isOrdered ? told : sortedRows(told), `${place + 1}: ${title}`).toEqual(answer);
}

const timeoutMs = 1_800_000;

describeWhenAsked(describeWithFlink, 'Flink answers as PostgreSQL does', () => {
  it(
    'to every question, over files',
    async () => {
      const flink = await startOwnFlink();
      try {
        const gateway = createSqlGateway({ url: flink.sqlGateway });
        const settings = { ...asked[0]?.query(flinkDialect, files).settings, 'parallelism.default': '1' };
        const signal = AbortSignal.timeout(timeoutMs);
        await gateway.inSession({ settings, signal }, async ({ run }) => {
          for (const statement of tablesFor(flinkDialect)) await run(statement);
          for (const [place, question] of asked.entries()) {
            const query = question.query(flinkDialect, files);
            const { rows } = await run(query.sql, { timeoutMs: 300_000 });
            const texts = rows.map((row) => row.map((value) => (value === null ? null : String(value))));
            check(
              question,
              place,
              texts.map((row) => readRow(query, row)),
            );
          }
        });
      } finally {
        await flink.close();
      }
    },
    flinkStartTimeoutMs + timeoutMs,
  );
});

describeWhenAsked(describeWithSpark, 'Spark answers as PostgreSQL does', () => {
  it(
    'to every question over files, and to every fifth over JDBC',
    async () => {
      const declared = tablesFor(sparkDialect);
      const runs = [
        ...asked.map((question, place) => ({ question, place, tables: files })),
        ...asked
          .map((question, place) => ({ question, place, tables: warehouse }))
          .filter(({ place }) => place % 5 === 0),
      ].map((item) => ({ ...item, query: item.question.query(sparkDialect, item.tables) }));
      const told = runs.map((): Row[] => []);
      await runSparkSql(await localSpark(), {
        title: 'questions',
        databaseUrl: database.url,
        settings: { ...runs[0]?.query.settings, ...forSmallTables },
        statements: [...declared, ...runs.map(({ query }) => query.sql)],
        onRow(columns, statement) {
          const place = statement - declared.length;
          const query = runs[place]?.query;
          if (query === undefined) return;
          const texts = columns.map((text) => (text === 'NULL' ? null : text));
          told[place]?.push(readRow(query, texts));
        },
        signal: AbortSignal.timeout(timeoutMs),
      });
      for (const [index, { question, place }] of runs.entries()) check(question, place, told[index] ?? []);
    },
    sparkInstallTimeoutMs + timeoutMs,
  );
});
