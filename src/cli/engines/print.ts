// `flywheel engines print`: the SQL of a metric on Flink or Spark, to be read, and run wherever the tables are.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { definitions } from '../../metrics/definitions.js';
import type { EngineDialect, EngineQuery } from '../../metrics/emit-engine.js';
import { flinkDialect } from '../../metrics/emit-flink.js';
import { flinkWindows } from '../../metrics/emit-flink-windows.js';
import { sparkDialect } from '../../metrics/emit-spark.js';
import { planFlinkFacts } from '../../metrics/flink-facts.js';
import { type Grain, grains } from '../../metrics/grain.js';
import { type LiveFact, planLiveCuts } from '../../metrics/live-cuts.js';
import { planReport } from '../../metrics/plan-report.js';
import { catalogue, type Model } from '../../warehouse/catalogue.js';

interface PrintArguments {
  readonly engine: 'flink' | 'spark';
  readonly by: readonly string[];
  readonly grain: Grain;
  readonly timeZone: string;
  readonly from?: Date;
  readonly to?: Date;
}

const dialects: Readonly<Record<'flink' | 'spark', EngineDialect>> = {
  flink: flinkDialect,
  spark: sparkDialect,
};

/** Spark finds the warehouse in its JDBC catalog, Flink finds tables that are declared in the session. */
const tables = {
  flink: { table: (model: Model) => `\`${model.table}\`` },
  spark: { table: (model: Model) => `pg.public.\`${model.table}\`` },
};

function hasMetric(name: string, { metrics }: Pick<LiveFact, 'metrics'>): boolean {
  return metrics.some(({ metric }) => metric.name === name);
}

/** The queries of the windows of the metric, one for each cut and each fact that gives to it. */
function* cutQueries(dialect: EngineDialect, metric: string): Generator<[string, EngineQuery]> {
  for (const fact of planLiveCuts(catalogue, definitions).facts) {
    for (const part of fact.parts) {
      for (const cut of part.groups.flatMap(({ cuts }) => cuts).filter((item) => hasMetric(metric, item))) {
        const given = fact.parts.length === 1 ? '' : `, what ${part.model.name} gives to it`;
        const query = dialect.cut(catalogue, { part, cut, from: null, to: null }, tables[dialect.name]);
        yield [`The windows of ${cut.name}${given}: the states that their values are computed from.`, query];
      }
    }
  }
}

/** What a query needs and what it says, as one text. */
function printed(dialect: EngineDialect, title: string, query: EngineQuery): string {
  const reads = query.reads.map(({ model, columns }) => {
    const list = columns.map((column) => `${column.column} ${dialect.columnType(model, column)}`);
    return `-- It reads ${model.table} (${list.join(', ')}).`;
  });
  return [`-- ${title}`, ...reads, ...settingsOf(dialect.name, query.settings), `${query.sql};`].join('\n');
}

function settingsOf(engine: 'flink' | 'spark', settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).map(([name, value]) =>
    engine === 'flink' ? `SET '${name}' = '${value}';` : `SET ${name}=${value};`,
  );
}

/** The jobs that keep the windows of a metric on Flink, with the settings as they are when nothing is set. */
function* jobsOf(metric: string): Generator<string> {
  for (const flink of planFlinkFacts(planLiveCuts(catalogue, definitions))) {
    if (!hasMetric(metric, flink.fact)) continue;
    const model = flink.fact.name;
    const {
      tables: declared,
      insert,
      settings,
    } = flinkWindows(flink, {
      brokers: ['127.0.0.1:9092'],
      properties: {},
      factsTopic: `flywheel.facts.${model.toLowerCase()}`,
      windowsTopic: 'flywheel.windows',
      group: 'flywheel',
      generation: 1,
      starts: [{ partition: 0, offset: '0' }],
      graceMs: 60_000,
    });
    const title = `-- The job that keeps all windows of ${model}, over the facts that the pipelines publish; brokers, topics, group and offsets are those of a pipeline.`;
    const statements = [...declared, insert].map((statement) => `${statement};`);
    yield [title, ...settingsOf('flink', settings), ...statements].join('\n');
  }
}

function print(metric: string, { engine, by, grain, timeZone, from, to }: PrintArguments): void {
  const dialect = dialects[engine];
  const plan = planReport(
    definitions,
    catalogue,
    { metrics: [metric], by, grain, timeZone, from, to },
    { rows: true, totals: false, freshness: false },
  );
  const asked = [
    metric,
    ...(by.length === 0 ? [] : [`by ${by.join(' and ')}`]),
    ...(grain === 'ALL' ? [] : [`for every ${grain} in ${timeZone}`]),
  ];
  const report = dialect.report(catalogue, plan, tables[engine]);
  const texts = [printed(dialect, `${asked.join(' ')}, as a report answers it.`, report)];
  for (const [title, query] of cutQueries(dialect, metric)) texts.push(printed(dialect, title, query));
  if (engine === 'flink') texts.push(...jobsOf(metric));
  console.log(texts.join('\n\n'));
}

function moment(text: string): Date {
  const at = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError('It must be a moment such as 2024-05-01 or 2024-05-01T10:00:00Z.');
}

/** Adds the command `print` to `engines`. It needs no database. */
export function registerPrint(engines: Command): void {
  engines
    .command('print')
    .description(
      'print the SQL of a metric on an engine: its report, and the windows that it is kept live in',
    )
    .argument('<metric>', 'the name of the metric, such as REVENUE')
    .addOption(
      new Option('--engine <engine>', 'whose SQL it is').choices(['flink', 'spark']).makeOptionMandatory(),
    )
    .option(
      '--by <dimensions>',
      'what the report is cut by, separated by commas, such as PRODUCT,WEEKDAY',
      (text) => text.split(',').map((name) => name.trim()),
      [],
    )
    .addOption(new Option('--grain <grain>', 'how long a period is').choices(grains).default('ALL'))
    .option('--time-zone <zone>', 'where days begin, such as Europe/London', 'UTC')
    .option('--from <moment>', 'the first moment that counts', moment)
    .option('--to <moment>', 'the first moment that no longer counts', moment)
    .action(print);
}
