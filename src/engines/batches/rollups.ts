// The batch `rollups`: metrics on every day of all history, from the facts of the warehouse or of files that never enter it.

import { FlywheelError } from '../../core/errors.js';
import { definitions } from '../../metrics/definitions.js';
import type { EngineTables } from '../../metrics/emit-engine.js';
import { createRollupStage, fillRollupStage, replaceRollups } from '../../metrics/emit-rollups.js';
import { sparkDialect } from '../../metrics/emit-spark.js';
import { sparkViewOfFiles } from '../../metrics/emit-spark-purchases.js';
import { sparkFactOfText, sparkIntoStage, sparkTable } from '../../metrics/emit-spark-stage.js';
import type { ReportPlan } from '../../metrics/plan-report.js';
import { planRollups } from '../../metrics/plan-rollup.js';
import type { BatchResult, RunningBatch } from '../../warehouse/batches/batch-turn.js';
import { noteLoads } from '../../warehouse/batches/loads-meanwhile.js';
import { inLongTransaction } from '../../warehouse/batches/long-transaction.js';
import { catalogue, type Model } from '../../warehouse/catalogue.js';
import { type Batch, type BatchDeps, type BatchEngine, sparkOf } from './batch-contract.js';
import type { RollupsOptions } from './batch-options.js';
import { warehouseSource } from './customers.js';
import { assertNotEmptied, findInputFiles, type InputFiles } from './input-files.js';
import { partedFacts } from './parted-facts.js';
import { runSteps, type SparkStep } from './spark-steps.js';

function plansOf({ metrics, by }: RollupsOptions): readonly ReportPlan[] {
  return planRollups(definitions, catalogue, metrics, by);
}

async function filesOf(engine: BatchEngine, options: RollupsOptions): Promise<InputFiles | null> {
  const { from, format } = options;
  if (from === undefined) return null;
  if (engine === 'postgres') {
    throw new FlywheelError(
      'BAD_INPUT',
      'PostgreSQL rolls up what is in the warehouse; load the files first (npm run flywheel -- load), or take --engine spark.',
    );
  }
  const plans = plansOf(options);
  if (plans.length > 1) {
    throw new FlywheelError(
      'BAD_INPUT',
      `The files hold facts of one kind, and ${options.metrics.join(', ')} are of several; roll them up one kind at a time.`,
    );
  }
  return findInputFiles(engine, { from, format });
}

export const rollupsBatch: Batch<RollupsOptions> = {
  async check(deps, engine, options) {
    plansOf(options);
    if (engine === 'spark') sparkOf(deps);
    await filesOf(engine, options);
  },
  async run(deps, engine, options, run) {
    const files = await filesOf(engine, options);
    const source = options.source ?? files?.name ?? warehouseSource;
    const plans = plansOf(options).map((plan, place) => ({ plan, stage: run.stageTable(`${place}`) }));
    const checkLoads = engine === 'spark' && files === null ? await noteLoads(deps.database) : undefined;
    if (engine === 'spark') await rollUpOnSpark(deps, options, files, plans, run);
    return inLongTransaction(deps.database, run.signal, async (session): Promise<BatchResult> => {
      await checkLoads?.(session);
      let [rows, changed] = [0, 0];
      for (const [place, { plan, stage }] of plans.entries()) {
        if (engine === 'postgres') {
          run.say(
            (0.9 * place) / plans.length,
            `adding up ${plan.metrics.map(({ name }) => name).join(', ')}`,
          );
          await session.run(createRollupStage(stage, plan));
          await session.run(fillRollupStage(catalogue, stage, plan));
        }
        const result = await replaceRollups(session, stage, plan, source);
        assertNotEmptied({ ...options, files, source }, result);
        [rows, changed] = [rows + result.rows, changed + result.changed];
      }
      await run.fence(session);
      return { rows, changed };
    });
  },
};

async function rollUpOnSpark(
  deps: BatchDeps,
  options: RollupsOptions,
  files: InputFiles | null,
  plans: readonly { readonly plan: ReportPlan; readonly stage: string }[],
  run: RunningBatch,
): Promise<void> {
  await inLongTransaction(deps.database, run.signal, async (session) => {
    for (const { plan, stage } of plans) await session.run(createRollupStage(stage, plan));
  });
  const facts = plans.flatMap(({ plan }) => plan.states.facts.map(({ model }) => catalogue.model(model)));
  const parted = files === null ? await partedFacts(deps.database, facts) : new Map<Model, string>();
  const factView = 'facts_of_files';
  const tables: EngineTables = {
    table: (model) => {
      if (files !== null && facts.includes(model)) return factView;
      return parted.get(model) ?? sparkTable(model);
    },
  };
  const steps = plans.flatMap(({ plan, stage }): SparkStep[] => {
    const query = sparkDialect.report(catalogue, plan, tables);
    const shown = new Set(['at', ...[...plan.dimensions, ...plan.metrics].map(({ name }) => name)]);
    const step = `adding up ${plan.metrics.map(({ name }) => name).join(', ')}`;
    const sum = { sql: sparkIntoStage(stage, query, (name) => shown.has(name)), step };
    const read = query.reads.find(({ model }) => facts.includes(model));
    if (files === null || read === undefined) return [sum];
    const view = files.format === 'parquet' ? factView : 'lines_of_files';
    const declared = { sql: sparkViewOfFiles(view, { ...files, delimiter: options.delimiter }), step };
    const typed = { sql: sparkFactOfText(factView, view, read), step };
    return files.format === 'parquet' ? [declared, sum] : [declared, typed, sum];
  });
  await runSteps(deps, run, steps);
}
