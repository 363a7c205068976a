// `flywheel replay`: the whole log and the loaded files once more, into an empty warehouse.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { createLog } from '../core/log.js';
import { type Replayed, replay } from '../main/replay.js';
import { decodersOf } from '../main/streams.js';
import { createDatabase, type Database } from '../warehouse/database.js';
import { migrate } from '../warehouse/migrate.js';
import { type Comparison, compareWarehouses } from '../warehouse/replay/compare.js';
import type { Progress } from './progress.js';
import { columnsOf } from './table.js';
import { withEventLog } from './with-event-log.js';

interface ReplayArguments {
  readonly into: string;
  readonly examples: 'source' | 'anew';
  readonly partial?: boolean;
  readonly compare?: boolean;
}

function postgresUrl(text: string): string {
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('It must be of the form postgresql://user:password@host:port/database.');
}

async function runReplay({ into: intoUrl, examples, partial, compare }: ReplayArguments): Promise<void> {
  const differences = await withEventLog(async ({ config, url, log, progress }) => {
    await progress.step('Making the tables', () => migrate(intoUrl));
    // What reads all that a database has is no statement that hangs.
    const open = (one: string) => createDatabase({ ...config.warehouse, url: one, statementTimeoutMs: 0 });
    const [source, into] = [open(url), open(intoUrl)];
    try {
      const replayed = await replay({
        config,
        source,
        log,
        decoders: await decodersOf(config),
        into,
        intoUrl,
        examples,
        isPartial: partial ?? false,
        progress,
        logger: createLog({ level: config.logLevel }),
      });
      for (const line of linesOf(replayed)) console.log(line);
      return compare ? await showComparison(source, into, progress) : 0;
    } finally {
      await Promise.all([source.close(), into.close()]);
    }
  });
  if (differences > 0) process.exitCode = 1;
}

function linesOf({ records, files, missing }: Replayed): readonly string[] {
  const ofFiles = files === 1 ? '1 file' : `${files} files`;
  return [
    `Replayed: ${records.toLocaleString('en')} records and ${ofFiles}.`,
    ...missing.map((sentence) => `Left out: ${sentence}`),
    'Models are not replayed: a gateway on the new warehouse trains its own.',
  ];
}

/** Prints the table; how many rows are in one of the two alone. */
async function showComparison(source: Database, into: Database, progress: Progress): Promise<number> {
  const comparisons = await progress.step('Comparing', (say) => compareWarehouses(source, into, say));
  const cellsOf = ({ rows, equal, onlyFirst, onlySecond }: Comparison) => [
    rows,
    ...[equal, onlyFirst, onlySecond].map(String),
  ];
  console.log();
  for (const line of columnsOf(['rows', 'equal', 'only old', 'only new'], comparisons.map(cellsOf)))
    console.log(line);
  return comparisons.reduce((sum, { onlyFirst, onlySecond }) => sum + onlyFirst + onlySecond, 0);
}

/** Adds the command `replay` to the program. */
export function registerReplay(program: Command): void {
  program
    .command('replay')
    .description(
      'make an empty warehouse from the whole event log and the files that were loaded; stop pipelines before',
    )
    .addOption(
      new Option('--into <url>', 'the empty database, as DATABASE_URL would name it')
        .argParser(postgresUrl)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--examples <which>',
        'what learners learn: the examples of the old warehouse in their sequence, or those that the facts make anew',
      )
        .choices(['source', 'anew'])
        .default('source'),
    )
    .option('--partial', 'go on without records and files that are gone, and say which')
    .option('--compare', 'compare both warehouses row by row then; ends with 1 where they differ')
    .action(runReplay);
}
