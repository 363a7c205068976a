// The batch `customers`: what every customer bought in all, from the sales of the warehouse or from files that never enter it.

import {
  type PurchaseFiles,
  partedTable,
  sparkSumUpLines,
  sparkSumUpSales,
  sparkViewOfFiles,
} from '../../metrics/emit-spark-purchases.js';
import type { BatchResult, RunningBatch } from '../../warehouse/batches/batch-turn.js';
import { readIdRange } from '../../warehouse/batches/id-range.js';
import { noteLoads } from '../../warehouse/batches/loads-meanwhile.js';
import { inLongTransaction } from '../../warehouse/batches/long-transaction.js';
import {
  copyPurchaseLines,
  createPurchaseLines,
  createPurchaseStage,
  replacePurchases,
  sumUpLines,
  sumUpSales,
} from '../../warehouse/batches/purchases.js';
import type { Session } from '../../warehouse/session.js';
import { type Batch, type BatchDeps, type BatchEngine, sparkOf } from './batch-contract.js';
import type { CustomersOptions } from './batch-options.js';
import { assertNotEmptied, findInputFiles, type InputFiles } from './input-files.js';
import { readPurchaseLines } from './purchase-lines.js';
import { runSteps } from './spark-steps.js';

/** What the sales of the warehouse are called among sources. */
export const warehouseSource = 'warehouse';

async function filesOf(engine: BatchEngine, { from, format }: CustomersOptions): Promise<InputFiles | null> {
  return from === undefined ? null : findInputFiles(engine, { from, format });
}

export const customersBatch: Batch<CustomersOptions> = {
  async check(deps, engine, options) {
    if (engine === 'spark') sparkOf(deps);
    await filesOf(engine, options);
  },
  async run(deps, engine, options, run) {
    const files = await filesOf(engine, options);
    const source = options.source ?? files?.name ?? warehouseSource;
    const stage = run.stageTable();
    const checkLoads = engine === 'spark' && files === null ? await noteLoads(deps.database) : undefined;
    if (engine === 'spark') await sumUpOnSpark(deps, options, files, run);
    return inLongTransaction(deps.database, run.signal, async (session): Promise<BatchResult> => {
      if (engine === 'postgres') await sumUpHere(session, options, files, run);
      await checkLoads?.(session);
      run.say(0.9, 'comparing with what is known');
      const result = await replacePurchases(session, stage, source);
      assertNotEmptied({ ...options, files, source }, result);
      await run.fence(session);
      return result;
    });
  },
};

async function sumUpHere(
  session: Session,
  options: CustomersOptions,
  files: InputFiles | null,
  run: RunningBatch,
): Promise<void> {
  const stage = run.stageTable();
  await session.run(createPurchaseStage(stage));
  if (files === null) {
    run.say(0, 'summing up the sales');
    await session.run(sumUpSales(stage));
    return;
  }
  await createPurchaseLines(session);
  for (const [place, file] of files.files.entries()) {
    for await (const { lines, share } of readPurchaseLines(file, options)) {
      run.signal.throwIfAborted();
      await copyPurchaseLines(session, lines);
      run.say(
        (0.7 * (place + share)) / files.files.length,
        `reading file ${place + 1} of ${files.files.length}`,
      );
    }
  }
  run.say(0.7, 'summing up the lines');
  await session.run(sumUpLines(stage, options.orderColumn !== undefined));
}

async function sumUpOnSpark(
  deps: BatchDeps,
  options: CustomersOptions,
  files: InputFiles | null,
  run: RunningBatch,
): Promise<void> {
  const stage = run.stageTable();
  await inLongTransaction(deps.database, run.signal, (session) => session.run(createPurchaseStage(stage)));
  if (files === null) {
    const range = await readIdRange(deps.database, 'fact_sales');
    if (range === null) return;
    const sum = sparkSumUpSales(stage, partedTable('fact_sales', range, range.parts));
    await runSteps(deps, run, [{ sql: sum, step: 'summing up the sales' }]);
    return;
  }
  const read: PurchaseFiles = {
    ...files,
    delimiter: options.delimiter,
    customerColumn: options.customerColumn,
    amountColumn: options.amountColumn,
    timeColumn: options.timeColumn ?? null,
    orderColumn: options.orderColumn ?? null,
  };
  await runSteps(deps, run, [
    { sql: sparkViewOfFiles('lines', read), step: 'looking at the files' },
    { sql: sparkSumUpLines(stage, 'lines', read), step: 'summing up the lines' },
  ]);
}
