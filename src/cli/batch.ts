// `flywheel batch`: work on all history, in the warehouse or on Spark; what ran, and how to end what runs.

import { hostname } from 'node:os';
import type { Command } from 'commander';
import { FlywheelError } from '../core/errors.js';
import { batchPurposes } from '../engines/batches/batch-options.js';
import { readBatchRequest, runBatch } from '../engines/batches/run-batch.js';
import { batchDeps } from '../main/batches.js';
import { type BatchRunRow, cancelBatchRun, readBatchRuns } from '../warehouse/batches/batch-runs.js';
import { onStopSignal } from './ending.js';
import { wholeNumber } from './options.js';
import { columnsOf } from './table.js';
import { withWarehouse } from './with-warehouse.js';

interface RunArguments {
  readonly json?: boolean;
  readonly [option: string]: unknown;
}

async function run(name: string, { json, ...options }: RunArguments): Promise<void> {
  const request = readBatchRequest({ batch: name, ...options });
  const interruption = new AbortController();
  const stopAsked = onStopSignal(() => interruption.abort());
  try {
    const result = await withWarehouse(({ config, database, url, progress }) =>
      progress.step(`Running ${name} on ${request.engine === 'spark' ? 'Spark' : 'PostgreSQL'}`, (say) =>
        runBatch(batchDeps(config, { database, url }), request, {
          holder: `${hostname()}/${process.pid}`,
          signal: interruption.signal,
          onProgress: ({ share, step }) => say(`${Math.round(100 * share)} %, ${step}`),
        }),
      ),
    );
    console.log(
      json ? JSON.stringify(result) : `${name}: ${result.rows} rows, of which ${result.changed} changed`,
    );
  } finally {
    stopAsked.forget();
  }
}

const heads = ['run', 'batch', 'engine', 'state', 'began', 'seconds', 'rows', 'changed', 'what'];

function cellsOf(run: BatchRunRow): string[] {
  const { id, name, engine, state, share, step, rows, changed, startedAt, endedAt } = run;
  const seconds = ((endedAt ?? new Date()).getTime() - startedAt.getTime()) / 1_000;
  return [
    id,
    name,
    engine,
    state === 'running' ? `running, ${Math.round(100 * share)} %` : state,
    startedAt.toISOString(),
    seconds.toFixed(1),
    rows ?? '',
    changed ?? '',
    step ?? '',
  ];
}

async function runs(name: string | undefined, { first }: { readonly first: number }): Promise<void> {
  const known = await withWarehouse(({ database }) => readBatchRuns(database, { name, first }));
  if (known.length === 0) console.log('No batch was run yet.');
  else for (const line of columnsOf(heads, known.map(cellsOf))) console.log(line);
}

async function cancel(name: string): Promise<void> {
  const asked = await withWarehouse(({ database }) => cancelBatchRun(database, name));
  if (asked === undefined) throw new FlywheelError('NOT_FOUND', `The batch ${name} is not running.`);
  console.log(
    `The run ${asked.id} of ${name} was told to end; unless it was done already, nothing changes. What became of it: npm run flywheel -- batch runs ${name}`,
  );
}

function list(): void {
  for (const line of columnsOf(['batch', 'what it does'], Object.entries(batchPurposes))) console.log(line);
}

const names = (text: string) => text.split(',').map((name) => name.trim());

/** Adds the command `batch` to the program. */
export function registerBatch(program: Command): void {
  const batch = program
    .command('batch')
    .description(
      'work on all history at once, in the warehouse or on Spark; nothing changes before it is done',
    );
  batch.command('list').description('what there is to run').action(list);
  batch
    .command('runs')
    .description('what was run, the newest first')
    .argument('[batch]', 'only the runs of one batch')
    .option('--first <number>', 'how many are shown', wholeNumber(1, 1_000), 20)
    .action(runs);
  batch
    .command('cancel')
    .description('end the run of a batch, wherever it goes on')
    .argument('<batch>', Object.keys(batchPurposes).join(', '))
    .action(cancel);
  batch
    .command('run')
    .description('run a batch to its end; the same again on the same data changes nothing')
    .argument('<batch>', Object.keys(batchPurposes).join(', '))
    .requiredOption('--engine <engine>', 'spark (SPARK_HOME says where it is) or postgres')
    .option('--from <place>', 'a file or folder of CSV or Parquet that is read instead of the warehouse')
    .option('--format <format>', 'csv or parquet, where the names of the files do not say it')
    .option('--delimiter <character>', 'what divides the columns of CSV, \\t for a tab (a comma)')
    .option('--source <name>', 'what the results are told apart by (the name of the file or folder)')
    .option('--allow-empty', 'take away what is known of the source when the files give no results')
    .option('--customer-column <name>', 'customers: the column of the code of the customer (user_id)')
    .option('--amount-column <name>', 'customers: the column of the amount (purchase_amount)')
    .option('--time-column <name>', 'customers: the column of the time, if there is one')
    .option('--order-column <name>', 'customers: the column of the order, if there is one')
    .option('--metrics <names>', 'rollups: the metrics, divided by commas, such as REVENUE,UNITS', names)
    .option('--by <names>', 'rollups: the dimensions that they are cut by, divided by commas', names)
    .option('--day <day>', 'recompute-day: the day in UTC, such as 2026-11-27 (yesterday)')
    .option('--json', 'print what was done as one JSON object')
    .action(run);
}
